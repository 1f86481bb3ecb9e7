"""ADD and SUB with broadcast, int8 and float32; ADD of equal shapes has kernels of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run, clamp, float_range
from toolchain.operators.broadcast import binary_kernel, clamp_float
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, activation_range

_LEFT_SHIFT: Final = 20


def lower(low: Lowering) -> Kernel:
    """Lower one ADD or SUB."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _multipliers(low: Lowering) -> list[Scaler]:
    """Both inputs go to twice the larger scale, their sum from there to the output's."""
    a, b, out = (float(t.scale_zero[0]) for t in (low.tensor(0), low.tensor(1), low.output))
    twice = 2.0 * max(a, b)
    reals = a / twice, b / twice, twice / ((1 << _LEFT_SHIFT) * out)
    return [Scaler.of(np.array([real])) for real in reals]


def _int8(low: Lowering) -> Kernel:
    """Both inputs are brought to twice the larger scale with 20 bits below the point, added, and requantised."""
    a_zero, b_zero, out_zero = (t.scale_zero[1] for t in (low.tensor(0), low.tensor(1), low.output))
    scalers = _multipliers(low)
    lowest, highest = activation_range(
        low.op.options["activation"], low.output.scale_zero[0], out_zero, INT8_MIN, INT8_MAX
    )
    sign = -1 if low.op.kind == "SUB" else 1

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = (v.astype(np.int64) for v in values)
        total = scalers[0].apply((left - a_zero) << _LEFT_SHIFT, low.rounding)
        total = total + sign * scalers[1].apply((right - b_zero) << _LEFT_SHIFT, low.rounding)
        return (clamp(scalers[2].apply(total, low.rounding) + out_zero, lowest, highest, np.int8),)

    fields: dict[str, Constant] = {"a_zero": a_zero, "b_zero": b_zero, "out_zero": out_zero}
    for name, scaler in zip(("a", "b", "out"), scalers, strict=True):
        fields |= {f"{name}_multiplier": int(scaler.q[0]), f"{name}_shift": int(scaler.e[0])}
    fields |= {"act_min": lowest, "act_max": highest}
    if sign < 0:
        return binary_kernel(low, "sub_s8", run, fields)
    if _equal_shapes(low):
        return _equal_kernel(low, "add_s8", run, fields)
    return binary_kernel(low, "add_broadcast_s8", run, {f"add.{name}": value for name, value in fields.items()})


def _float32(low: Lowering) -> Kernel:
    lowest, highest = float_range(low.op.options["activation"])
    subtract = low.op.kind == "SUB"

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        total = values[0] - values[1] if subtract else values[0] + values[1]
        return (clamp_float(total, lowest, highest),)

    fields: dict[str, Constant] = {"act_min": lowest, "act_max": highest}
    if subtract:
        return binary_kernel(low, "sub_f32", run, fields)
    if _equal_shapes(low):
        return _equal_kernel(low, "add_f32", run, fields)
    return binary_kernel(low, "add_broadcast_f32", run, fields)


def _equal_shapes(low: Lowering) -> bool:
    return low.tensor(0).shape == low.tensor(1).shape == low.output.shape


def _equal_kernel(low: Lowering, function: str, run: Run, fields: dict[str, Constant]) -> Kernel:
    a, b, out = low.tensor(0), low.tensor(1), low.output
    operands = (a.index, b.index, out.index)
    args = {"elements": out.elements, **fields}
    return Kernel(low.op.index, function, operands, (out.index,), run, args, in_place=0)
