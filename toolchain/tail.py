"""The part of a model that depends on its adaptive parameters, run with many banks over the same windows.

    tail = Tail(model, windows)
    outputs = tail.run(bank)

What comes before is computed once. A model that keeps variables starts anew for each window and runs as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.layout import Vector
from toolchain.model import Model
from toolchain.operators.base import Kernel
from toolchain.reference import Reference

Array = npt.NDArray[Any]


class Tail:
    """Runs one model with any bank; `windows` holds the graph's inputs of each window, in its shapes and dtypes."""

    def __init__(self, model: Model, windows: Sequence[Sequence[Array]]) -> None:
        self._model = model
        self._windows = windows
        self._kernels = () if model.stateful else _dependent(model)
        reads = {i for kernel in self._kernels for i in kernel.inputs if i >= 0}
        constants = {t.index: t.data for t in model.graph.tensors if t.data is not None}
        wanted = reads | set(model.graph.outputs)
        self._before: list[dict[int, Array]] = []
        for window in () if model.stateful else windows:
            inputs = dict(zip(model.graph.inputs, window, strict=True))
            known = constants | inputs | Reference(model).run(window).tensors
            self._before.append({i: known[i] for i in wanted if i in known})

    def run(self, bank: Vector) -> list[Array]:
        """The first output of each window with the bank, float32 [layout.size], on the device."""
        if self._model.stateful:
            return [Reference(self._model).run(window, bank).outputs[0] for window in self._windows]
        return [self._one(known, bank) for known in self._before]

    def _one(self, known: dict[int, Array], bank: Vector) -> Array:
        parameters = self._model.layout.unflatten(bank)
        tensors = known | {index: parameters[name] for index, name in self._model.adaptive.items()}
        absent = np.empty(0)
        for kernel in self._kernels:
            results = kernel.run([tensors[i] if i >= 0 else absent for i in kernel.inputs])
            tensors.update(zip(kernel.outputs, results, strict=True))
        return tensors[self._model.graph.outputs[0]]


def _dependent(model: Model) -> tuple[Kernel, ...]:
    """The kernels whose results an edit can change, in order."""
    reached = set(model.adaptive)
    found = []
    for kernel in model.kernels:
        if reached.intersection(kernel.inputs):
            reached.update(kernel.outputs)
            found.append(kernel)
    return tuple(found)
