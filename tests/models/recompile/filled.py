"""A store of users of the small bundle, some of them with an edit of an older base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.recompile.run import Row
from models.store.ledger import Brought
from models.store.store import Store, open_store
from tests.models.recompile.users import windows_and_labels
from toolchain.bundle import Bundle
from toolchain.edit import encode_edit

COUNT = 24
"""Windows of each user: half of each class is frozen."""


def add_user(store: Store, bundle: Bundle, seed: int) -> int:
    """User number `seed` with examples and a frozen set; its number in the store."""
    hardware = bytes(6) + (1 + seed).to_bytes(2, "big")
    device = store.add_examples(f"user-{seed:03}", *windows_and_labels(bundle, seed, COUNT), hardware=hardware).device
    store.freeze(device)
    return device


def fill(place: str | Path, bundle: Bundle, users: int) -> None:
    """A new store of so many users."""
    with open_store(place, create=True) as store:
        for seed in range(users):
            add_user(store, bundle, seed)


def add_old_edits(store: Store, old: Bundle, names: list[str], after: float = 0.1) -> None:
    """Edits that users have on the base of `old`, with the scores that they have there."""
    number = store.add_base(old).id
    edit = encode_edit(
        np.full(old.layout.size, 0.01, np.float32),
        layout=old.layout,
        base=old.base,
        prototypes=old.prototypes,
        prototype=0,
        counter=1,
    )
    for name in names:
        store.add_edit(Brought(store.device(name).id, number, edit.pack(), (0.05, after)))


def timeless(row: Row) -> Row:
    """A row without what differs from run to run: seconds, dates, and whether it was computed now."""
    outcome: dict[str, Any] = {"id": 0, "edit": 0, "seconds": 0.0, "made_at": None}
    return replace(row, fresh=False, outcome=replace(row.outcome, **outcome))


def by_user(rows: list[Row]) -> list[Row]:
    """Sorted, and every user once."""
    names = [row.device.name for row in rows]
    assert len(names) == len(set(names))
    return sorted(map(timeless, rows), key=lambda row: row.device.id)
