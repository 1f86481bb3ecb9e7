"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT, with broadcast.

Comparisons take int8, int32, int64, float32 and bool. As in TFLite Micro, int8 values are brought to a common scale
with eight bits below the point, each by its own requantisation, before they are compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering
from toolchain.operators.broadcast import binary_kernel
from toolchain.requant import Scaler

_LEFT_SHIFT: Final = 8
_OPERATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "LESS": operator.lt,
    "LESS_EQUAL": operator.le,
    "GREATER": operator.gt,
    "GREATER_EQUAL": operator.ge,
}
_CODES: Final = {kind: code for code, kind in enumerate(_OPERATIONS)}
_SUFFIX: Final = {DType.INT32: "s32", DType.INT64: "s64", DType.FLOAT32: "f32", DType.BOOL: "u8"}


def lower(low: Lowering) -> Kernel:
    """Lower one comparison."""
    first, second, out = low.types(0, 1)
    if first is not second or out is not DType.BOOL or first not in {*_SUFFIX, DType.INT8}:
        raise low.unsupported(f"{first.value} and {second.value} to {out.value}")
    compare = _OPERATIONS[low.op.kind]
    if first is DType.INT8:
        return _int8(low, compare)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.asarray(compare(values[0], values[1])),)

    return binary_kernel(low, f"compare_{_SUFFIX[first]}", run, {"operation": _CODES[low.op.kind]})


def _int8(low: Lowering, compare: Callable[[Any, Any], Any]) -> Kernel:
    sides = [low.tensor(i).scale_zero for i in (0, 1)]
    if max(float(scale) for scale, _ in sides) >= 1:
        raise low.unsupported("a scale of 1 or more")
    scalers = [Scaler.of(np.array([float(scale)])) for scale, _ in sides]

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = (
            scaler.apply((side.astype(np.int64) - zero) << _LEFT_SHIFT, low.rounding)
            for scaler, side, (_, zero) in zip(scalers, values, sides, strict=True)
        )
        return (np.asarray(compare(left, right)),)

    fields: dict[str, Constant] = {"operation": _CODES[low.op.kind]}
    for name, scaler, (_, zero) in zip(("left", "right"), scalers, sides, strict=True):
        fields |= {f"{name}_zero": zero, f"{name}_multiplier": int(scaler.q[0]), f"{name}_shift": int(scaler.e[0])}
    return binary_kernel(low, "compare_s8", run, fields)


def lower_logical(low: Lowering) -> Kernel:
    """Lower one LOGICAL_AND or LOGICAL_OR."""
    if set(low.types(0, 1)) != {DType.BOOL}:
        raise low.unsupported(f"element types {[t.value for t in low.types(0, 1)]}")
    both = low.op.kind == "LOGICAL_AND"

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.asarray(values[0] & values[1] if both else values[0] | values[1]),)

    return binary_kernel(low, low.op.kind.lower(), run, {})


def lower_not(low: Lowering) -> Kernel:
    """Lower one LOGICAL_NOT."""
    x, out = low.tensor(0), low.output
    if low.types(0) != (DType.BOOL, DType.BOOL) or x.shape != out.shape:
        raise low.unsupported(f"{x.shape} {x.dtype.value} to {out.shape} {out.dtype.value}")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (~values[0],)

    args = {"elements": out.elements}
    return Kernel(low.op.index, "logical_not", (x.index, out.index), (out.index,), run, args, in_place=0)
