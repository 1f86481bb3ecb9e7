"""The board matrix: a row for each board, a column for each scenario, and what the firmware costs there."""

from __future__ import annotations

from typing import Final

from hil.report.boards import BoardResults, by_board, scenarios, worst
from hil.report.html import Html, join, tag
from hil.report.numbers import count, kilobytes, missing
from hil.report.run import FAILED, PASSED, SKIPPED, Run
from hil.report.table import Cell, Column, Row, table

_MARKS: Final = {PASSED: "✓", FAILED: "✕", SKIPPED: "○"}


def matrix(run: Run) -> Html:
    """The whole matrix."""
    names = scenarios(run)
    columns = [
        Column("board"),
        Column("core"),
        *(Column(name) for name in names),
        Column("verified", number=True),
        Column("flash", number=True),
        Column("RAM", number=True),
        Column("instructions", number=True),
    ]
    return table("Boards and verdicts", columns, [_row(board, names) for board in by_board(run)])


def badge(verdict: str, note: str | None = None) -> Html:
    """A verdict as a mark and a word, never as a colour alone."""
    mark = tag("span", _MARKS[verdict], class_="mark", aria_hidden="true")
    return tag("span", mark, note or verdict, class_=f"badge {verdict}")


def _row(board: BoardResults, names: tuple[str, ...]) -> Row:
    flash, ram = board.first(lambda r: r.flash_bytes), board.first(lambda r: r.ram_bytes)
    instructions = board.first(lambda r: r.instructions)
    core = board.first(lambda r: r.core)
    return Row(
        [
            board.name,
            core or missing(),
            *(_verdict(board, name) for name in names),
            _verified(board),
            Cell(kilobytes(flash), flash),
            Cell(kilobytes(ram), ram),
            Cell(count(instructions), instructions),
        ],
        board.verdict,
    )


def _verdict(board: BoardResults, scenario: str) -> Cell:
    results = [result for result in board.results if result.scenario == scenario]
    if not results:
        return Cell(tag("span", "not run", class_="missing"), "not run")
    verdict = worst(result.verdict for result in results)
    failure = next((result.failure_class for result in results if result.verdict == FAILED), None)
    return Cell(badge(verdict, failure), verdict)


def _verified(board: BoardResults) -> Cell:
    if not board.total:
        return Cell(missing())
    share = board.verified / board.total
    shown = join(f"{board.verified:,}", tag("span", f" of {board.total:,}", class_="of"))
    return Cell(tag("span", shown, class_=None if share == 1 else "wrong"), share)
