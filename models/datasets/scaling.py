"""From what a sensor gives to what a network reads: gaps filled, centred, scaled, cut off.

The constants are fitted on the factory devices alone and belong to the fleet: a device in the field has no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LIMIT: Final = 4.0
"""In standard deviations: what lies farther out would cost the int8 range of everything else."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """`median`, `mean` and `spread` float32 [c] of the last axis of a window; a gap (NaN) becomes the median."""

    median: Floats
    mean: Floats
    spread: Floats

    @classmethod
    def fit(cls, windows: Sequence[Floats]) -> Scaling:
        """Over all values of `windows`, each float32 [n, ..., c]; a column of gaps alone has the median 0."""
        rows = np.concatenate([part.reshape(-1, part.shape[-1]) for part in windows]).astype(np.float64)
        known = np.where(np.isnan(rows).all(0), 0.0, rows)
        median = np.nanmedian(known, axis=0)
        filled = np.where(np.isnan(rows), median, rows)
        spread = filled.std(0)
        whole = np.where(spread > 0, spread, 1.0)
        return cls(*(np.asarray(values, np.float32) for values in (median, filled.mean(0), whole)))

    def to_json(self) -> dict[str, list[float]]:
        """The three rows of constants, so that whoever feeds a device can apply them."""
        return {name: getattr(self, name).tolist() for name in ("median", "mean", "spread")}

    def apply(self, windows: Floats) -> Floats:
        """`windows` float32 [..., c] as a network reads them: finite, at most 4 standard deviations from the mean."""
        filled = np.where(np.isnan(windows), self.median, windows)
        return np.asarray(np.clip((filled - self.mean) / self.spread, -LIMIT, LIMIT), np.float32)
