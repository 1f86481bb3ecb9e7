"""From which prototype a small edit passes the device's trial vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.bundle import Bundle
from toolchain.layout import Vector
from toolchain.reference import Reference
from toolchain.trials import Trials


def fittest_prototype(bundle: Bundle) -> int:
    """The entry of the prototype table with which most trial vectors are right; 0 where the bundle has none."""
    trials = bundle.trials
    if trials is None:
        return 0
    windows = [_window(row.tobytes(), bundle) for row in trials.inputs]
    reference = Reference(bundle.model)
    return int(np.argmax([_right(reference, windows, trials, bundle, bank) for bank in bundle.prototypes]))


def _window(raw: bytes, bundle: Bundle) -> list[npt.NDArray[Any]]:
    """The inputs of one vector, one array for each graph input."""
    arrays, start = [], 0
    for signal in bundle.inputs:
        arrays.append(signal.parse(raw[start : start + signal.nbytes])[0])
        start += signal.nbytes
    return arrays


def _right(
    reference: Reference, windows: list[list[npt.NDArray[Any]]], trials: Trials, bundle: Bundle, bank: Vector
) -> int:
    """How many vectors are right with `bank`, counted as the device counts them."""
    signal = bundle.outputs[0]
    hits = 0
    for window, label in zip(windows, trials.labels, strict=True):
        reference.reset()
        scores = signal.parse(reference.run(window, bank).output_bytes[: signal.nbytes])
        hits += int(np.argmax(scores)) == int(label)
    return hits
