"""What an adaptation and its proof take on the wire, in bytes and in milliseconds."""

from __future__ import annotations

from typing import Final

from firmware_bridge.cost import DEFAULT_BAUD
from hil.report.boards import BoardResults, by_board
from hil.report.html import Html, join, tag
from hil.report.numbers import count, milliseconds
from hil.report.run import Run
from hil.report.table import Cell, Column, Row, table

_PHASES: Final = {"context": "context up", "edit": "edit down", "verify": "proof besides"}


def wire(run: Run) -> Html:
    """A row for each board, two columns for each phase."""
    columns = [Column("board")]
    for title in _PHASES.values():
        columns += [Column(f"{title}, bytes", number=True), Column("time", number=True)]
    explained = tag("p", f"Both directions, frames and retries included; time on a line of {DEFAULT_BAUD:,} baud.")
    return join(explained, table("Bytes on the wire", columns, [_row(board) for board in by_board(run)]))


def _row(board: BoardResults) -> Row:
    sizes = board.first(lambda r: r.wire_bytes if any(r.wire_bytes.values()) else None) or {}
    cells: list[Cell] = []
    for phase in _PHASES:
        size = sizes.get(phase)
        cells += [Cell(count(size), size), Cell(milliseconds(size), size)]
    return Row([board.name, *cells], board.verdict)
