"""The edit history of each device, as it told it."""

from __future__ import annotations

from hil.report.html import Html, tag
from hil.report.numbers import count, missing, short_digest
from hil.report.run import Edit, Result, Run
from hil.report.table import Cell, Column, Row, table

_COLUMNS = (
    Column("counter", number=True),
    Column("event"),
    Column("prototype", number=True),
    Column("codec"),
    Column("bytes", number=True),
    Column("digest"),
)


def edits(run: Run) -> Html:
    """A table for each result that has a history, the first one open."""
    found: list[Html] = []
    for result in run.results:
        if result.edits:
            found.append(_one(result, first=not found))
    return tag("div", *found) if found else tag("p", missing())


def _one(result: Result, *, first: bool) -> Html:
    many = len(result.edits)
    told = f" {result.scenario} · {many:,} {'entry' if many == 1 else 'entries'}"
    caption = f"Edit history of {result.board} in {result.scenario}"
    body = table(caption, _COLUMNS, [_row(edit) for edit in result.edits])
    return tag("details", tag("summary", tag("b", result.board), told), body, open=first, data_verdict=result.verdict)


def _row(edit: Edit) -> Row:
    return Row(
        [
            Cell(count(edit.counter), edit.counter),
            edit.event or missing(),
            Cell(count(edit.prototype), edit.prototype),
            edit.codec or missing(),
            Cell(count(edit.size), edit.size),
            Cell(short_digest(edit.digest), edit.digest),
        ]
    )
