"""ADD of equal shapes on int8 and float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp, float_range
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, activation_range

_LEFT_SHIFT: Final = 20


def lower(low: Lowering) -> Kernel:
    """Lower one ADD."""
    a, b, out = low.tensor(0), low.tensor(1), low.output
    if not a.shape == b.shape == out.shape:
        raise low.unsupported(f"broadcast of {a.shape} and {b.shape}")
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _int8(low: Lowering) -> Kernel:
    """Both inputs are brought to twice the larger scale with 20 bits below the point, added, and requantised."""
    a, b, out = low.tensor(0), low.tensor(1), low.output
    (a_scale, a_zero), (b_scale, b_zero), (out_scale, out_zero) = a.scale_zero, b.scale_zero, out.scale_zero
    twice = 2.0 * float(max(a_scale, b_scale))
    scalers = [
        Scaler.of(np.array([real]))
        for real in (
            float(a_scale) / twice,
            float(b_scale) / twice,
            twice / ((1 << _LEFT_SHIFT) * float(out_scale)),
        )
    ]
    lowest, highest = activation_range(low.op.options["activation"], out_scale, out_zero, INT8_MIN, INT8_MAX)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = (v.astype(np.int64) for v in values)
        total = scalers[0].apply((left - a_zero) << _LEFT_SHIFT, low.rounding)
        total = total + scalers[1].apply((right - b_zero) << _LEFT_SHIFT, low.rounding)
        return (clamp(scalers[2].apply(total, low.rounding) + out_zero, lowest, highest, np.int8),)

    args = {"elements": out.elements, "a_zero": a_zero, "b_zero": b_zero, "out_zero": out_zero}
    for name, scaler in zip(("a", "b", "out"), scalers, strict=True):
        args |= {f"{name}_multiplier": int(scaler.q[0]), f"{name}_shift": int(scaler.e[0])}
    args |= {"act_min": lowest, "act_max": highest}
    operands = (a.index, b.index, out.index)
    return Kernel(low.op.index, "add_s8", operands, (out.index,), run, args, in_place=0)


def _float32(low: Lowering) -> Kernel:
    a, b, out = low.tensor(0), low.tensor(1), low.output
    lowest, highest = float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (clamp(values[0] + values[1], lowest, highest, np.float32),)

    args = {"elements": out.elements, "act_min": lowest, "act_max": highest}
    operands = (a.index, b.index, out.index)
    return Kernel(low.op.index, "add_f32", operands, (out.index,), run, args, in_place=0)
