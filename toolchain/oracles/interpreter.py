"""What the interpreters of TensorFlow's family share: LiteRT, tf.lite and tflite_runtime have one interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import ToolchainError


class InterpreterOracle:
    """Runs a model in an interpreter that was made, and not yet allocated.

    Args:
        interpreter: the interpreter.
        keeps: whether it keeps all tensors.
    """

    def __init__(self, interpreter: Any, *, keeps: bool) -> None:
        self._interpreter, self._keeps = interpreter, keeps
        try:
            interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ToolchainError(
                "the oracle cannot run this model", received=str(error), remedy="choose another one with --oracle"
            ) from error
        self._inputs = [detail["index"] for detail in interpreter.get_input_details()]
        self._outputs = [detail["index"] for detail in interpreter.get_output_details()]

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """One inference."""
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, value)
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_tensor(index)) for index in self._outputs]

    def tensor(self, index: int) -> npt.NDArray[Any]:
        """A tensor of the last inference.

        Raises:
            ToolchainError: default kernels do not keep tensors that are not outputs.
        """
        if not self._keeps and index not in self._outputs:
            raise ToolchainError("LiteRT's default kernels do not keep intermediate tensors", remedy="use litert-ref")
        return np.array(self._interpreter.get_tensor(index))
