"""A .tflite file by anybody: int8, mixed or float."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.adaptive import PATCHABLE
from toolchain.errors import AdaptiveError
from toolchain.frontends.hybrid import hybrid_weights, with_float_weights
from toolchain.graph import DType, Graph
from toolchain.tflite.constants import patch_constants
from toolchain.tflite.reader import read_model

_NOTE: Final = "{} weights of float operators were int8 (dynamic-range quantisation); they are float32 now"
_INTEGERS: Final = {DType.INT8, DType.INT16, DType.UINT8}


class TfliteSource:
    """The bytes of a .tflite file; parameters are named by their tensors, layers by the tensors they write."""

    def __init__(self, data: bytes, name: str = "model") -> None:
        graph = read_model(data, name)
        hybrid = hybrid_weights(graph)
        self._data = with_float_weights(data, graph)
        self.graph = read_model(self._data, name) if hybrid else graph
        self.notes = (_NOTE.format(len(hybrid)),) if hybrid else ()

    @property
    def is_float(self) -> bool:
        """Whether the model computes in float32 alone and therefore can be quantised."""
        return is_float(self.graph)

    @cached_property
    def _places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for op in self.graph.operators:
            for index in (op.inputs[p] for p in PATCHABLE.get(op.kind, ()) if p < len(op.inputs)):
                tensor = self.graph.tensors[index]
                if index >= 0 and tensor.data is not None and tensor.dtype is DType.FLOAT32:
                    name = tensor.name or f"tensor_{index}"
                    places[name if places.get(name, index) == index else f"{name}#{index}"] = index
        return places

    @cached_property
    def parameters(self) -> dict[str, npt.NDArray[np.float32]]:
        """Weights and biases in float32 of the operators that can be adaptive."""
        return {name: np.asarray(self.graph.tensors[i].data, np.float32) for name, i in self._places.items()}

    @cached_property
    def layers(self) -> Mapping[str, Sequence[str]]:
        """The name of the tensor that an operator writes stands for the operator's weight and bias."""
        names = {index: name for name, index in self._places.items()}
        found: dict[str, Sequence[str]] = {}
        for op in self.graph.operators:
            own = [names[i] for i in op.inputs if i in names]
            if own:
                found[self.graph.tensors[op.outputs[0]].name] = own
        return found

    def convert(self, replaced: Mapping[str, npt.NDArray[Any]]) -> bytes:
        """See `Source.convert`."""
        return patch_constants(self._data, {self._places[name]: values for name, values in replaced.items()})

    def refuse_integers(self, names: Sequence[str]) -> None:
        """Say it plainly when `names` are parameters of this file that are integers already.

        Raises:
            AdaptiveError: some are.
        """
        integers = {t.name: t.dtype for t in self.graph.tensors if t.data is not None and t.dtype in _INTEGERS}
        wrong = [f"{name}: {integers[name].value}" for name in names if name in integers]
        if wrong:
            raise AdaptiveError(
                f"{len(wrong)} adaptive tensor(s) of this file are integers already",
                expected="float32 weights and biases",
                received=", ".join(wrong),
                remedy="compile the float model with --calibration and --adaptive instead",
            )


def is_float(graph: Graph) -> bool:
    """Whether nothing in the graph is quantised and something is float32."""
    if any(t.dtype in _INTEGERS and t.quantisation is not None and t.data is None for t in graph.tensors):
        return False
    return any(t.dtype is DType.FLOAT32 and t.data is None for t in graph.tensors)
