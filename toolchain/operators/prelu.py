"""PRELU, int8 and float32: negative elements times a slope that broadcasts, usually one for each channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp
from toolchain.operators.broadcast import binary_kernel
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler


def lower(low: Lowering) -> Kernel:
    """Lower one PRELU."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _int8(low: Lowering) -> Kernel:
    (in_scale, in_zero), (slope_scale, slope_zero), (out_scale, out_zero) = (
        t.scale_zero for t in (low.tensor(0), low.tensor(1), low.output)
    )
    ratio = float(in_scale) / float(out_scale)
    positive = Scaler.of(np.array([ratio]))
    negative = Scaler.of(np.array([float(in_scale) * float(slope_scale) / float(out_scale)]))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x = values[0].astype(np.int64) - in_zero
        slope = values[1].astype(np.int64) - slope_zero
        scaled = np.where(x >= 0, positive.apply(x, low.rounding), negative.apply(x * slope, low.rounding))
        return (clamp(scaled + out_zero, INT8_MIN, INT8_MAX, np.int8),)

    fields: dict[str, Constant] = {"a_zero": in_zero, "b_zero": slope_zero, "out_zero": out_zero}
    for name, scaler in (("positive", positive), ("negative", negative)):
        fields |= {f"{name}_multiplier": int(scaler.q[0]), f"{name}_shift": int(scaler.e[0])}
    return binary_kernel(low, "prelu_s8", run, fields)


def _float32(low: Lowering) -> Kernel:
    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x, slope = values
        return (np.where(x >= 0, x, x * slope),)

    return binary_kernel(low, "prelu_f32", run, {})
