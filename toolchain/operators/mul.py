"""MUL with broadcast, int8 and float32."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp, float_range
from toolchain.operators.broadcast import binary_kernel, clamp_float
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, activation_range


def lower(low: Lowering) -> Kernel:
    """Lower one MUL."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _int8(low: Lowering) -> Kernel:
    (a_scale, a_zero), (b_scale, b_zero), (out_scale, out_zero) = (
        t.scale_zero for t in (low.tensor(0), low.tensor(1), low.output)
    )
    scaler = Scaler.of(np.array([float(a_scale) * float(b_scale) / float(out_scale)]))
    lowest, highest = activation_range(low.op.options["activation"], out_scale, out_zero, INT8_MIN, INT8_MAX)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = (v.astype(np.int64) for v in values)
        product = (left - a_zero) * (right - b_zero)
        return (clamp(scaler.apply(product, low.rounding) + out_zero, lowest, highest, np.int8),)

    fields: dict[str, Constant] = {"a_zero": a_zero, "b_zero": b_zero, "out_zero": out_zero}
    fields |= {"multiplier": int(scaler.q[0]), "shift": int(scaler.e[0]), "act_min": lowest, "act_max": highest}
    return binary_kernel(low, "mul_s8", run, fields)


def _float32(low: Lowering) -> Kernel:
    lowest, highest = float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (clamp_float(values[0] * values[1], lowest, highest),)

    return binary_kernel(low, "mul_f32", run, {"act_min": lowest, "act_max": highest})
