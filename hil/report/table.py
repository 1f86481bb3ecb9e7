"""A table that scrolls inside its box and, where the page's script runs, sorts by its headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hil.report.html import Content, Html, tag


@dataclass(frozen=True)
class Column:
    """A column; numbers are aligned to the right."""

    title: str
    number: bool = False
    sortable: bool = True


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and the value it is sorted by where that is another one."""

    shown: Content
    value: float | str | None = None


@dataclass(frozen=True)
class Row:
    """The cells of a row; the first one names it. `verdict` is what the page's filter asks for."""

    cells: Sequence[Cell | Content]
    verdict: str | None = None


def table(caption: str, columns: Sequence[Column], rows: Iterable[Row]) -> Html:
    """The table; `caption` is its name for those who do not see it."""
    head = tag("tr", *(_header(column) for column in columns))
    body = (tag("tr", *_cells(columns, row), data_verdict=row.verdict) for row in rows)
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _header(column: Column) -> Html:
    title = tag("button", column.title, type="button", class_="sort") if column.sortable else column.title
    return tag("th", title, scope="col", class_="number" if column.number else None)


def _cells(columns: Sequence[Column], row: Row) -> Iterable[Html]:
    for place, (column, given) in enumerate(zip(columns, row.cells, strict=True)):
        cell = given if isinstance(given, Cell) else Cell(given)
        class_ = "number" if column.number else None
        value = None if cell.value is None else str(cell.value)
        if place == 0:
            yield tag("th", cell.shown, scope="row", class_=class_, data_value=value)
        else:
            yield tag("td", cell.shown, class_=class_, data_value=value)
