"""LiteRT's interpreter: its default kernels (XNNPACK) or its reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import interpreter as litert

from toolchain.errors import ToolchainError
from toolchain.frontends.quiet import converter


class Litert:
    """Runs a model in LiteRT and keeps all its tensors."""

    def __init__(self, data: bytes, *, reference: bool) -> None:
        self._keeps = reference
        kinds = litert.OpResolverType
        with converter("LiteRT"):
            self._interpreter = litert.Interpreter(
                model_content=data,
                experimental_op_resolver_type=kinds.BUILTIN_REF if reference else kinds.AUTO,
                experimental_preserve_all_tensors=reference,
            )
            self._interpreter.allocate_tensors()
        self._inputs = [detail["index"] for detail in self._interpreter.get_input_details()]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """One inference."""
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, value)
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_tensor(index)) for index in self._outputs]

    def tensor(self, index: int) -> npt.NDArray[Any]:
        """A tensor of the last inference.

        Raises:
            ToolchainError: the default kernels do not keep tensors that are not outputs.
        """
        if not self._keeps and index not in self._outputs:
            raise ToolchainError("LiteRT's default kernels do not keep intermediate tensors", remedy="use litert-ref")
        return np.array(self._interpreter.get_tensor(index))
