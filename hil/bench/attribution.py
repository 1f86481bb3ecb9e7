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


def by_operator(traced: Sequence[Counts], plain: Counts, counted: Places) -> list[int]:
    """Instructions of each operator.

    Args:
        traced: what was executed up to each call of the trace, one for each operator.
        plain: the counts of the same inference without a trace.
        counted: what `counted_places` gives.

    Raises:
        WrongResultError: they do not add up to the inference.
    """
    own = counted & (plain > 0)
    found = [int(counts[own].sum()) for counts in traced]
    whole = total(plain, counted)
    if not whole - max(_AROUND, whole * _AROUND_SHARE) <= sum(found) <= whole:
        raise WrongResultError(
            "the operators do not add up to the inference",
            expected=f"{whole:,} instructions, or a few less",
            received=f"{sum(found):,}",
            remedy="the compiler has made another copy of some code for a traced inference; leave out --per-op",
        )
    return found


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
