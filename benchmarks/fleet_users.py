"""Synthetic users: windows whose labels a head of each user's own gives, and a store that is filled with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.store.store import Store
from toolchain.bundle import Bundle
from toolchain.native import NativeModel

Floats = npt.NDArray[np.float32]


def windows_and_labels(
    bundle: Bundle, native: NativeModel, seed: int, count: int
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Windows float32 [count, *shape], labelled by the factory's head plus a shift within T that is the user's own."""
    chance, signal = np.random.default_rng(seed), bundle.inputs[0]
    elements = chance.integers(-128, 128, (count, *signal.shape)).astype(np.int8)
    own = chance.uniform(-1, 1, bundle.layout.size).astype(np.float32) * bundle.layout.clip_vector
    scores = native.run((elements,), bundle.prototypes[0] + own).outputs[0]
    return signal.decode(elements), scores.reshape(count, -1).argmax(1).astype(np.int64)


def fill(store: Store, bundle: Bundle, users: int, windows: int) -> None:
    """So many users with so many windows each; half of each class is frozen."""
    with NativeModel.build(bundle.model) as native:
        for seed in range(users):
            material = windows_and_labels(bundle, native, seed, windows)
            store.freeze(store.add_examples(f"user-{seed:07}", *material).device)
