"""Statistics of a device's embeddings, bit for bit as the device computes them: docs/protocol.md, SUMMARY and WATCH.

All arithmetic is that of integers; every division rounds down. A device keeps the sum s and the sum of squares q of
each dimension; what follows depends on these and on the number of embeddings alone, not on their order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ToolchainError

DRIFT_ONE: Final = 256
"""A drift of 1, about what a context that comes from where the reference came from has."""

_SPREAD_MOST: Final = 255
_Z_MOST: Final = 1 << 20
_DRIFT_MOST: Final = (1 << 32) - 1


class StatisticsError(ToolchainError):
    """Embeddings that no device can hold, or a reference of another width."""


@dataclass(frozen=True, eq=False)
class Summary:
    """A context in two bytes a dimension.

    `mean` int8 [E] rounded to the nearest step, halves upwards; `spread` uint8 [E] the standard deviation in halves of
    a step, rounded down; `held` embeddings. Where nothing is held both are empty, as in the reply.
    """

    mean: npt.NDArray[np.int8]
    spread: npt.NDArray[np.uint8]
    held: int


@dataclass(frozen=True, eq=False)
class Reference:
    """What drift is held against.

    `mean` int16 [E] in 1/16 of a step, rounded down, -2048..2032; `spread` uint8 [E] as in `Summary`.
    """

    mean: npt.NDArray[np.int16]
    spread: npt.NDArray[np.uint8]


def summarise(embeddings: npt.NDArray[np.int8]) -> Summary:
    """What SUMMARY says of the context int8 [held, E], held below 65,536.

    Raises:
        StatisticsError: another shape or type.
    """
    held = len(_checked(embeddings))
    if held == 0:
        return Summary(np.empty(0, np.int8), np.empty(0, np.uint8), 0)
    total = embeddings.sum(0, dtype=np.int64)
    return Summary(((total + held // 2) // held).astype(np.int8), _spread(embeddings), held)


def reference_of(embeddings: npt.NDArray[np.int8]) -> Reference:
    """The reference that the context int8 [held, E] becomes, held in 1..65,535.

    Raises:
        StatisticsError: another shape or type, or no embedding.
    """
    if len(_checked(embeddings)) == 0:
        raise StatisticsError("a reference needs at least one embedding", received="none")
    return Reference(_fine_mean(embeddings).astype(np.int16), _spread(embeddings))


def drift(embeddings: npt.NDArray[np.int8], reference: Reference) -> int:
    """What WATCH says of the context int8 [held, E] against `reference`, in 1/256; 0 where nothing is held.

    It is the mean over dimensions of the squared shift of the mean, in units of the variance that such a mean has.

    Raises:
        StatisticsError: another shape or type, or the reference has another width.
    """
    _checked(embeddings)
    held, width = len(embeddings), embeddings.shape[1]
    if reference.mean.shape != (width,) or reference.spread.shape != (width,):
        raise StatisticsError(
            "the reference does not fit the embeddings",
            expected=f"{width} dimensions",
            received=f"means {reference.mean.shape}, spreads {reference.spread.shape}",
        )
    if held == 0 or width == 0:
        return 0
    shift = _fine_mean(embeddings) - reference.mean
    unit = np.maximum(8 * reference.spread.astype(np.int64), 16)
    squares = np.minimum((shift * shift << 8) // (unit * unit), _Z_MOST)
    average = int(squares.sum()) // int(width)
    return min(held * average, _DRIFT_MOST)


def _fine_mean(embeddings: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """Means in 1/16 of a step, int64 [E]."""
    return np.asarray(16 * embeddings.sum(0, dtype=np.int64) // len(embeddings))


def _spread(embeddings: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    held = len(embeddings)
    total = embeddings.sum(0, dtype=np.int64)
    squares = np.square(embeddings, dtype=np.int64).sum(0)
    variance = 4 * (squares * held - total * total) // (held * held)
    return np.array([min(_SPREAD_MOST, math.isqrt(int(v))) for v in variance], np.uint8)


def _checked(embeddings: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if embeddings.ndim != 2 or embeddings.dtype != np.int8 or len(embeddings) >= 1 << 16:  # noqa: PLR2004 (held, E)
        raise StatisticsError(
            "these are no embeddings of a device",
            expected="int8 [held, E], fewer than 65,536",
            received=f"{embeddings.dtype} {embeddings.shape}",
        )
    return embeddings
