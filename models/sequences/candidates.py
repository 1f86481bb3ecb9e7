"""What a ranking is scored on: the item that came next, among sampled items that the user has not interacted with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from models.errors import FleetError

NEGATIVES: Final = 99


def draw_candidates(
    targets: npt.NDArray[np.int64],
    known: Sequence[npt.NDArray[np.int64]],
    items: int,
    seed: int,
    negatives: int = NEGATIVES,
) -> npt.NDArray[np.int64]:
    """Candidates int64 [n, 1 + negatives]: the target, then distinct items, uniform over those not in `known`.

    Args:
        targets: the item that is right, int64 [n].
        known: for each target all items that its user has interacted with, the target among them.
        items: items are 1 to `items`.
        seed: of the draw; the same seed gives the same candidates, whatever is scored.
        negatives: how many.

    Raises:
        FleetError: there are not so many other items.
    """
    most = max(map(len, known), default=0)
    if items - most < negatives:
        raise FleetError(
            f"there are not {negatives} items to rank a target against",
            expected=f"at least {negatives + most} items",
            received=f"{items} items",
            remedy="ask for fewer negatives",
        )
    chance = np.random.default_rng(seed)
    users = np.repeat(np.arange(len(known)), [len(own) for own in known])
    taken = np.sort(users * (items + 1) + np.concatenate([*known, np.empty(0, np.int64)]))
    found = np.zeros((len(targets), negatives), np.int64)
    missing, width = np.arange(len(targets)), negatives
    while len(missing):
        width += negatives // 4 + 8  # few have to be drawn twice, and a small catalogue needs many draws
        drawn = chance.integers(1, items + 1, (len(missing), width))
        keys = missing[:, None] * (items + 1) + drawn
        fresh = (taken[np.searchsorted(taken[:-1], keys)] != keys) & _first_of_equals(drawn)
        first = np.argsort(~fresh, axis=1, kind="stable")[:, :negatives]
        enough = fresh.sum(1) >= negatives
        found[missing[enough]] = np.take_along_axis(drawn, first, 1)[enough]
        missing = missing[~enough]
    return np.column_stack([targets, found]).astype(np.int64)


def _first_of_equals(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which elements of rows [n, m] did not occur before them in their row, bool [n, m]."""
    order = np.argsort(rows, axis=1, kind="stable")
    ascending = np.take_along_axis(rows, order, 1)
    new = np.concatenate([np.ones((len(rows), 1), bool), ascending[:, 1:] != ascending[:, :-1]], axis=1)
    first = np.empty_like(new)
    np.put_along_axis(first, order, new, 1)
    return first
