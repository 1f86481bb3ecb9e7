"""Eq. 12 with hysteresis: which prototype a device is given, and when it is given another."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

HYSTERESIS: Final = 0.1
"""The default h: another prototype has to need an edit that is smaller by a tenth."""


def assign(edits: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Eq. 12: for clipped edits [d, N_M, size] the prototype that needs the smallest one, int64 [d], from 0."""
    return np.asarray(np.linalg.norm(edits, axis=-1).argmin(-1), np.int64)


def reassign(norms: npt.NDArray[Any], present: int | None, hysteresis: float = HYSTERESIS) -> int:
    """Eq. 12 for a device that has a prototype already: it changes only for an edit that is clearly smaller.

    With `norms` [N_M] of the clipped edits the prototype with the smallest one is chosen, the first of equals; but
    `present` (from 0; None: none yet) is kept unless the smallest norm is below (1 - hysteresis) times its own.

    While each norm stays within a factor 1 +- e of a value of its own, e at most h / (2 - h), no device comes back to a
    prototype that it left: every switch lowers the value that stands behind the norm.

    Raises:
        ValueError: no norms, negative or NaN ones, no such present prototype, or a hysteresis outside 0 <= h < 1.
    """
    if norms.ndim != 1 or not len(norms) or not (norms >= 0).all():
        raise ValueError(f"norms are numbers of at least 0, one for each prototype, not {norms}")
    if not 0 <= hysteresis < 1:
        raise ValueError(f"a hysteresis lies in 0 <= h < 1, not at {hysteresis}")
    smallest = int(norms.argmin())
    if present is None:
        return smallest
    if not 0 <= present < len(norms):
        raise ValueError(f"there are {len(norms)} prototypes, and {present} is none of them")
    return smallest if norms[smallest] < (1 - hysteresis) * norms[present] else present
