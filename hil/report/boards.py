"""The results of a run by board, as most of the page's tables want them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from hil.report.run import FAILED, PASSED, SKIPPED, Result, Run

T = TypeVar("T")

_ORDER: Final = (FAILED, PASSED, SKIPPED)


@dataclass(frozen=True)
class BoardResults:
    """A board's results, in the order of the run."""

    name: str
    results: tuple[Result, ...]

    @property
    def verdict(self) -> str:
        """Failed if anything failed, else passed if anything passed."""
        return worst(result.verdict for result in self.results)

    @property
    def verified(self) -> int:
        """Inferences that were the reference's, bit by bit."""
        return sum(result.verified or 0 for result in self.results)

    @property
    def total(self) -> int | None:
        """Inferences that were compared; None where no result has any."""
        totals = [result.total for result in self.results if result.total is not None]
        return sum(totals) if totals else None

    def first(self, of: Callable[[Result], T | None]) -> T | None:
        """The first value that was measured."""
        return next((value for result in self.results if (value := of(result)) is not None), None)

    @property
    def accuracy(self) -> tuple[float, float] | None:
        """Before and after, of the first result that has both."""
        pairs = ((result.accuracy_before, result.accuracy_after) for result in self.results)
        return next(((before, after) for before, after in pairs if before is not None and after is not None), None)


def by_board(run: Run) -> tuple[BoardResults, ...]:
    """One entry a board, in the order of the run."""
    found: dict[str, list[Result]] = {}
    for result in run.results:
        found.setdefault(result.board, []).append(result)
    return tuple(BoardResults(name, tuple(results)) for name, results in found.items())


def scenarios(run: Run) -> tuple[str, ...]:
    """The names of the scenarios, in the order of the run."""
    return tuple(dict.fromkeys(result.scenario for result in run.results))


def worst(verdicts: Iterable[str]) -> str:
    """The verdict that decides."""
    return min(verdicts, key=_ORDER.index)
