"""Unrolled networks rolled up again: runs of calls that repeat with other offsets become loops.

Converters unroll recurrent layers over time. The steps share weights and constants and differ in where their
activations lie, so one loop over a table of offsets does the work of all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

_LEAST_TIMES: Final = 3
_LEAST_SAVED: Final = 4
_LONGEST: Final = 128


@dataclass(frozen=True)
class Run:
    """`times` repetitions of `length` items from `start` on; `times` is 1 for items that do not repeat."""

    start: int
    length: int
    times: int


def find_runs(items: Sequence[Hashable]) -> list[Run]:
    """Cover `items` with runs in order, preferring at each place the repetition that saves most items."""
    runs: list[Run] = []
    place = 0
    while place < len(items):
        best = max(
            (_repeated(items, place, length) for length in range(1, min(_LONGEST, (len(items) - place) // 2) + 1)),
            key=_saved,
            default=Run(place, 1, 1),
        )
        if best.times < _LEAST_TIMES or _saved(best) < _LEAST_SAVED:
            best = Run(place, 1, 1)
        runs.append(best)
        place += best.length * best.times
    return runs


def _saved(run: Run) -> int:
    return run.length * (run.times - 1)


def _repeated(items: Sequence[Hashable], start: int, length: int) -> Run:
    pattern = items[start : start + length]
    times = 1
    while items[start + times * length : start + (times + 1) * length] == pattern:
        times += 1
    return Run(start, length, times)
