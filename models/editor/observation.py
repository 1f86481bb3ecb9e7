"""What an editor is told about a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from models.errors import ContextError
from models.quantise import Int8Range
from toolchain.statistics import summarise

Floats = npt.NDArray[np.float32]

_SPREAD_MOST: Final = 255


class Observed(Protocol):
    """A device's context in real numbers.

    `mean` and `spread` float32 [E] are those of `held` embeddings, as SUMMARY gives them; `windows` float32 [n, E] the
    embeddings themselves, oldest first, where the device was asked for them (CONTEXT).
    """

    @property
    def mean(self) -> Floats:
        """Mean of each dimension."""
        ...

    @property
    def spread(self) -> Floats:
        """Standard deviation of each dimension."""
        ...

    @property
    def held(self) -> int:
        """Embeddings behind mean and spread."""
        ...

    @property
    def windows(self) -> Floats | None:
        """The embeddings, or None."""
        ...


@dataclass(frozen=True, eq=False)
class Observation:
    """`Observed` as a value."""

    mean: Floats
    spread: Floats
    held: int
    windows: Floats | None = None


def observe(windows: Floats, seen: Int8Range) -> Observation:
    """What a device whose int8 embedding has the range `seen` tells about embeddings float32 [n, E], both ways."""
    elements = seen.encode(windows)
    summary = summarise(elements)
    mean = (summary.mean.astype(np.float64) - seen.zero_point) * seen.scale
    spread = summary.spread * (seen.scale / 2)
    return Observation(mean.astype(np.float32), spread.astype(np.float32), summary.held, seen.decode(elements))


def observe_real(windows: Floats, step: float) -> Observation:
    """The same of embeddings float32 [n, E] that are whole multiples of `step`, without a zero point."""
    steps = np.rint(windows.astype(np.float64) / step).astype(np.int64)
    held, total, squares = len(steps), steps.sum(0), (steps * steps).sum(0)
    mean = (total + held // 2) // held
    spread = np.minimum(np.floor(np.sqrt(4 * (squares * held - total * total) // (held * held))), _SPREAD_MOST)
    return Observation((mean * step).astype(np.float32), (spread * (step / 2)).astype(np.float32), held, windows)


def check(observed: Observed, embedding: int, held: int, *, windows: bool) -> None:
    """Refuse what an editor for embeddings of this width, trained on `held` of them, cannot read.

    Raises:
        ContextError: too few embeddings, another width, a value that is not finite, or (with `windows`) no embeddings.
    """
    if windows and observed.windows is None:
        raise ContextError(
            "this editor reads the embeddings themselves, not their summary",
            expected=f"{held} embeddings",
            received="mean and spread",
            remedy="upload the device's context (CONTEXT), or train an editor that reads summaries",
        )
    given = observed.windows if windows and observed.windows is not None else np.stack([observed.mean, observed.spread])
    count = len(given) if windows else observed.held
    if given.ndim != 2 or given.shape[1] != embedding or count < held:  # noqa: PLR2004 (windows, width)
        raise ContextError(
            "the context does not fit the editor",
            expected=f"at least {held} embeddings of width {embedding}",
            received=f"{count} of width {given.shape[-1]}",
            remedy="let the device record more windows, or use the editor of the device's own bundle",
        )
    if not np.isfinite(given).all():
        raise ContextError("the context holds values that are not finite", remedy="read the context again")
