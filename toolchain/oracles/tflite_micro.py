"""TensorFlow Lite Micro on the host, by its own wheel: the oracle for bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from tflite_micro.python.tflite_micro import runtime

from toolchain.errors import ToolchainError
from toolchain.tflite.reader import read_model

_ARENA_PER_BYTE: Final = 10
_ARENA_LEAST: Final = 1 << 20


class TfliteMicro:
    """Runs a model in TFLM and keeps all its tensors."""

    def __init__(self, data: bytes) -> None:
        graph = read_model(data)
        self._outputs = len(graph.outputs)
        arena = max(_ARENA_LEAST, _ARENA_PER_BYTE * len(data), 8 * sum(t.nbytes for t in graph.tensors))
        try:
            self._interpreter = runtime.Interpreter.from_bytes(
                data, arena_size=arena, intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors
            )
        except RuntimeError as error:
            raise ToolchainError(
                "tflite_micro cannot run this model",
                received=str(error),
                remedy="choose another oracle with --oracle",
            ) from error

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """One inference."""
        for place, value in enumerate(inputs):
            self._interpreter.set_input(np.ascontiguousarray(value), place)
        self._interpreter.invoke()
        return [self._interpreter.get_output(place) for place in range(self._outputs)]

    def tensor(self, index: int) -> npt.NDArray[Any]:
        """A tensor of the last inference."""
        return np.asarray(self._interpreter.GetTensor(index, 0)["tensor_data"])
