"""What flash and RAM of each board's image hold, as stacked bars with a legend of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hil.report.bars import Part, stacked
from hil.report.boards import BoardResults, by_board
from hil.report.html import Html, join, tag
from hil.report.numbers import missing
from hil.report.run import Run

_IN_FLASH: Final = frozenset({"prototypes"})
_COLOURS: Final = {
    "prototypes": "c1",
    "banks": "c2",
    "arena": "c3",
    "context": "c4",
    "output": "c5",
    "link": "c6",
    "stack": "c7",
}
_OTHER: Final = "c8"


def memory(run: Run) -> Html:
    """A card for each board; all bars of one kind have one scale."""
    boards = by_board(run)
    flash = max((board.first(lambda r: r.flash_bytes) or 0 for board in boards), default=0)
    ram = max((board.first(lambda r: r.ram_bytes) or 0 for board in boards), default=0)
    return tag("div", *(_card(board, flash, ram) for board in boards), class_="cards")


def _card(board: BoardResults, most_flash: int, most_ram: int) -> Html:
    parts = board.first(lambda r: r.memory or None) or {}
    in_flash = {name: size for name, size in parts.items() if name in _IN_FLASH and size}
    in_ram = {name: size for name, size in parts.items() if name not in _IN_FLASH and size}
    flash, ram = board.first(lambda r: r.flash_bytes), board.first(lambda r: r.ram_bytes)
    content = join(
        _kind("Flash", flash, in_flash, most_flash, "code, weights and constants"),
        _kind("RAM", ram, in_ram, most_ram, "everything else"),
    )
    return tag("article", tag("h3", board.name), content, class_="card", data_verdict=board.verdict)


def _kind(kind: str, size: int | None, named: Mapping[str, int], most: int, rest: str) -> Html:
    if size is None:
        return tag("p", tag("b", kind), " ", missing())
    parts = [Part(name, bytes_, _COLOURS.get(name, _OTHER)) for name, bytes_ in named.items()]
    left = size - sum(part.size for part in parts)
    if left > 0:
        parts.append(Part(rest, left, "rest"))
    told = "; ".join(f"{part.name} {part.size:,} bytes" for part in parts)
    # A damaged or foreign map may name more than the image holds: the bar then shows the parts, never beyond its box.
    scale = max(most, sum(part.size for part in parts))
    return join(
        tag("p", tag("b", kind), tag("span", f"{size:,} B", class_="number"), class_="kind"),
        stacked(parts, scale, f"{kind} {size:,} bytes: {told}"),
        tag("ul", *(_legend(part) for part in parts), class_="legend"),
    )


def _legend(part: Part) -> Html:
    swatch = tag("svg", tag("rect", width=10, height=10, class_=part.colour), viewBox="0 0 10 10", class_="swatch")
    return tag("li", swatch, tag("span", part.name), tag("span", f"{part.size:,} B", class_="number"))
