"""From counts of single instructions to those of an inference, of its operators and of its functions.

An inference is all that was executed between its two marks in the model's code and in the libraries that it calls; what
the program around it does is not counted. Operators are told apart by the model's trace, whose callback is a mark; what
only a traced inference executes, the calls of that callback, belongs to no operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware_bridge.linkmap import Piece
from hil.bench.plugin import Counts, InstructionCounter, slots
from hil.errors import WrongResultError

Places = npt.NDArray[np.bool_]

_COUNTED: Final = frozenset({"model", "libraries"})
_CODE: Final = ".text"
_AROUND: Final = 200
_AROUND_SHARE: Final = 0.005
"""What an inference may take outside of its operators: entering and leaving, loops over equal blocks."""
_CALL_MOST: Final = 50
"""Instructions for a call of the trace, at most."""


@dataclass(frozen=True)
class Function:
    """A function of the image: where it begins, and its bytes."""

    name: str
    address: int
    size: int


def counted_places(counter: InstructionCounter, pieces: Sequence[Piece]) -> Places:
    """The places that are the model's or a library's."""
    places = np.zeros(counter.places, np.bool_)
    for piece in pieces:
        first = counter.place(piece.address)
        if piece.section.startswith(_CODE) and piece.owner in _COUNTED and 0 <= first < counter.places:
            places[first : first + slots(piece.size)] = True
    return places


def total(counts: Counts, counted: Places) -> int:
    """Instructions of an inference."""
    return int(counts[counted].sum())


@dataclass(frozen=True)
class Operators:
    """Instructions of each operator, and whether they are exact."""

    instructions: tuple[int, ...]
    exact: bool


def by_operator(traced: Sequence[Counts], plain: Counts, counted: Places) -> Operators:
    """Instructions of each operator.

    What a traced inference alone executes is left out, which is exact as long as the rest adds up to the inference.
    Where the compiler has made another copy of some code for a traced inference it does not; what tracing takes is
    then spread evenly over the operators, which are right to within a few instructions.

    Args:
        traced: what was executed up to each call of the trace, one for each operator.
        plain: the counts of the same inference without a trace.
        counted: what `counted_places` gives.

    Raises:
        WrongResultError: a traced inference is another one: they do not add up either way.
    """
    whole, own = total(plain, counted), counted & (plain > 0)
    found = [int(counts[own].sum()) for counts in traced]
    if _adds_up(found, whole):
        return Operators(tuple(found), exact=True)
    all_of_it = [total(counts, counted) for counts in traced]
    calls = max(0.0, (sum(all_of_it) - whole) / len(all_of_it))
    spread = [max(0, round(count - calls)) for count in all_of_it]
    if calls > _CALL_MOST or not _adds_up(spread, whole):
        raise WrongResultError(
            "the operators do not add up to the inference",
            expected=f"{whole:,} instructions",
            received=f"{sum(all_of_it):,} in a traced inference",
            remedy="leave out --per-op",
        )
    return Operators(tuple(spread), exact=False)


def _adds_up(operators: Sequence[int], whole: int) -> bool:
    return abs(whole - sum(operators)) <= max(_AROUND, whole * _AROUND_SHARE)


def by_function(
    counts: Counts, counted: Places, counter: InstructionCounter, functions: Sequence[Function]
) -> dict[str, int]:
    """Instructions of each function that executed any, the largest first; "" is what belongs to none."""
    left = np.where(counted, counts, 0).astype(np.uint64)
    found: dict[str, int] = {}
    for function in functions:
        first = counter.place(function.address)
        if not 0 <= first < counter.places:
            continue
        part = left[first : first + slots(function.size)]
        if part.any():
            found[function.name] = found.get(function.name, 0) + int(part.sum())
            part[:] = 0
    if left.any():
        found[""] = int(left.sum())
    return dict(sorted(found.items(), key=lambda item: -item[1]))
