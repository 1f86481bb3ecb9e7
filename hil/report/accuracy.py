"""Accuracy before and after the edit, as bars."""

from __future__ import annotations

from hil.report.bars import bar
from hil.report.boards import BoardResults, by_board
from hil.report.html import Html, tag
from hil.report.numbers import missing, percent
from hil.report.run import Run
from hil.report.table import Cell, Column, Row, table


def accuracy(run: Run) -> Html:
    """A row for each board."""
    columns = [
        Column("board"),
        Column("before and after", sortable=False),
        Column("before", number=True),
        Column("after", number=True),
        Column("gain", number=True),
    ]
    return table("Accuracy before and after the edit", columns, [_row(board) for board in by_board(run)])


def _row(board: BoardResults) -> Row:
    if board.accuracy is None:
        return Row([board.name, missing(), *[Cell(missing())] * 3], board.verdict)
    before, after = board.accuracy
    gain = 100 * (after - before)
    bars = tag(
        "div",
        bar(before, f"before: {percent(before)}", "before"),
        bar(after, f"after: {percent(after)}", "after"),
        class_="pair",
    )
    gained = tag("b", f"{gain:+.1f} points", class_="wrong" if gain < 0 else "gain")
    return Row(
        [board.name, bars, Cell(percent(before), before), Cell(percent(after), after), Cell(gained, gain)],
        board.verdict,
    )
