"""Users of the small bundle: windows whose labels a head of their own would give."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from models.recompile.order import OldEdit, Work
from models.store.records import Device, EvaluationSet, Examples
from toolchain.bundle import Bundle
from toolchain.reference import Reference

Floats = npt.NDArray[np.float32]


def windows_and_labels(bundle: Bundle, seed: int, count: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Windows float32 [n, 1, 8], labelled by a device whose head is the factory's plus a shift within T."""
    chance, signal = np.random.default_rng(seed), bundle.inputs[0]
    elements = chance.integers(-128, 128, (count, *signal.shape)).astype(np.int8)
    own = (
        bundle.prototypes[0] + chance.uniform(-1, 1, bundle.layout.size).astype(np.float32) * bundle.layout.clip_vector
    )
    reference = Reference(bundle.model)
    labels = [int(np.argmax(reference.run([window], own).outputs[0])) for window in elements]
    return signal.decode(elements), np.array(labels, np.int64)


def examples(windows: Floats, labels: npt.NDArray[np.int64]) -> Examples:
    """As the store gives them."""
    digests = tuple(hashlib.sha256(window.tobytes()).digest() for window in windows)
    return Examples(windows, labels, digests)


def work_of(bundle: Bundle, seed: int = 0, count: int = 80, old: OldEdit | None = None) -> Work:
    """One user: half of its windows to learn from, half frozen."""
    windows, labels = windows_and_labels(bundle, seed, count)
    half = count // 2
    frozen = examples(windows[half:], labels[half:])
    evaluation = EvaluationSet(1, hashlib.sha256(b"".join(frozen.digests)).digest(), frozen)
    device = Device(1 + seed, f"user-{seed}", bytes(7) + bytes([1 + seed]))
    return Work(device, examples(windows[:half], labels[:half]), evaluation, old)
