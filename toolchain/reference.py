"""The NumPy reference: what every device must compute, to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import ToolchainError
from toolchain.model import Model

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Inference:
    """One inference: the graph's outputs, the int8 embedding (or None), and every tensor that was computed."""

    outputs: tuple[Array, ...]
    embedding: Array | None
    tensors: dict[int, Array]

    @property
    def output_bytes(self) -> bytes:
        """The outputs one after the other, as the device sends them."""
        return b"".join(np.ascontiguousarray(output).tobytes() for output in self.outputs)


class Reference:
    """Runs a compiled model in NumPy, with any adaptive parameters; variables keep their values from run to run."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.reset()

    def reset(self) -> None:
        """Forget what earlier inferences left in the model's variables."""
        self._variables: dict[int, Array] = {t.index: t.start for t in self.model.graph.tensors if t.variable}

    def run(self, inputs: Sequence[Array], adaptive: npt.NDArray[np.float32] | None = None) -> Inference:
        """One inference.

        Args:
            inputs: one array for each graph input, in its shape and dtype.
            adaptive: the adaptive buffer, float32 [layout.size]; None for the factory head.

        Raises:
            ToolchainError: an input has another shape or dtype.
        """
        graph = self.model.graph
        tensors = {t.index: t.data for t in graph.tensors if t.data is not None} | self._variables
        for index, value in zip(graph.inputs, inputs, strict=True):
            tensors[index] = _fitting(value, graph.tensors[index].shape, graph.tensors[index].dtype.numpy)
        bank = self.model.prototypes[0] if adaptive is None else adaptive
        parameters = self.model.layout.unflatten(bank)
        tensors |= {index: parameters[name] for index, name in self.model.adaptive.items()}
        absent = np.empty(0)
        computed: dict[int, Array] = {}
        for kernel in self.model.kernels:
            results = kernel.run([tensors[i] if i >= 0 else absent for i in (*kernel.inputs, *kernel.states)])
            computed.update(zip((*kernel.outputs, *kernel.states), results, strict=True))
            tensors |= computed
        self._variables = {i: tensors[i] for i in self._variables}
        embedding = None if self.model.embedding is None else tensors[self.model.embedding]
        return Inference(tuple(tensors[i] for i in graph.outputs), embedding, computed)


def _fitting(value: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    if value.dtype != dtype or value.size != int(np.prod(shape)):
        raise ToolchainError(
            "an input does not fit the model", expected=f"{dtype} {shape}", received=f"{value.dtype} {value.shape}"
        )
    return value.reshape(shape)
