"""The calls of kernels that make up an inference, as values: what is constant in them, which arena offsets vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from toolchain.graph import ABSENT, DType
from toolchain.model import Model
from toolchain.operators.base import Kernel, MacroTable

C_TYPES: Final[dict[DType, str]] = {
    DType.INT8: "int8_t",
    DType.INT16: "int16_t",
    DType.INT32: "int32_t",
    DType.INT64: "int64_t",
    DType.UINT8: "uint8_t",
    DType.BOOL: "uint8_t",
    DType.FLOAT32: "float",
    DType.RESOURCE: "int32_t",
}


@dataclass(frozen=True)
class Call:
    """One kernel call.

    Attributes:
        title: the operator, for a comment.
        op: the operator's place, for the trace.
        pattern: the call's text with `{0}`, `{1}`, ... where arena offsets go; "" for a view. Two calls with the same
            pattern differ in nothing but offsets.
        offsets: the arena offsets.
        out: arena offset of the first output, for the trace.
        out_bytes: its size.
    """

    title: str
    op: int
    pattern: str
    offsets: tuple[int, ...]
    out: int
    out_bytes: int


class Caller:
    """Writes the calls of a model; argument structs with the same content share one name."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._structs: dict[Any, str] = {}
        self._packed: dict[Any, str] = {}
        self._adaptive = {t.name: t.offset for t in model.layout.tensors}

    def struct(self, kernel: Kernel) -> str:
        """Name of the argument struct of `kernel`."""
        return self._structs.setdefault((kernel.function, _content(kernel.args)), f"op_{kernel.operator}")

    def packed(self, kernel: Kernel, tensor: int) -> str:
        """Name of the array that holds operand `tensor` of `kernel` in packed form; equal ones share one."""
        key = (tensor, _content(kernel.packed[tensor]))
        return self._packed.setdefault(key, f"packed_{kernel.operator}_{tensor}")

    def calls(self) -> list[Call]:
        """All calls in order, views included."""
        return [self._call(step, kernel) for step, kernel in enumerate(self._model.kernels)]

    def _call(self, step: int, kernel: Kernel) -> Call:
        op = self._model.operator(kernel)
        out = self._model.graph.tensors[kernel.outputs[0]]
        offsets: list[int] = []
        pattern = self._pattern(step, kernel, offsets) if kernel.function else ""
        place = self._model.plan.offsets[out.index]
        return Call(f"{op.index} {op.kind}", op.index, pattern, tuple(offsets), place, out.nbytes)

    def _pattern(self, step: int, kernel: Kernel, offsets: list[int]) -> str:
        reads = len(kernel.inputs)
        pointers = [self._pointer(kernel, t, offsets, written=i >= reads) for i, t in enumerate(kernel.operands)]
        writes = reads + len(kernel.outputs)
        inputs, outputs, states = pointers[:reads], pointers[reads:writes], pointers[writes:]
        if kernel.listed == "inputs":
            inputs = [f"(const void *const[]){{{{ {', '.join(inputs)} }}}}"]
        if kernel.listed == "outputs":
            outputs = [f"(void *const[]){{{{ {', '.join(outputs)} }}}}"]
        arguments = ([f"&{self.struct(kernel)}"] if kernel.args else []) + inputs + outputs + states
        if kernel.scratch_bytes:
            arguments.append(_arena("void", self._model.plan.scratch[step], offsets))
        joined = ",\n        ".join(arguments)
        return f"persona_{kernel.function}(\n        {joined});\n"

    def _pointer(self, kernel: Kernel, tensor: int, offsets: list[int], *, written: bool) -> str:
        """C expression of one operand."""
        if tensor == ABSENT:
            return "NULL"
        if tensor in self._model.adaptive:
            return f"adaptive + {self._adaptive[self._model.adaptive[tensor]]}"
        if tensor in kernel.packed:
            return self.packed(kernel, tensor)
        found = self._model.graph.tensors[tensor]
        if found.data is not None:
            return f"tensor_{tensor}"
        c_type = C_TYPES[found.dtype]
        return _arena(c_type if written else f"const {c_type}", self._model.plan.offsets[tensor], offsets)


def _arena(c_type: str, offset: int, offsets: list[int]) -> str:
    """A pointer into the arena whose offset is left open."""
    offsets.append(offset)
    return f"({c_type} *)(void *)(arena + {{{len(offsets) - 1}}})"


def _content(value: Any) -> Any:
    """A hashable form of an argument struct."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tobytes()
    if isinstance(value, MacroTable):
        return value.macro, value.element.str, value.rows.tobytes()
    if hasattr(value, "items"):
        return tuple((name, _content(item)) for name, item in value.items())
    return type(value).__name__, value
