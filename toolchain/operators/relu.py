"""RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1 and LEAKY_RELU as operators of their own, int8 and float32.

TFLite Micro has RELU, RELU6 (whose int8 form clamps and does not rescale) and LEAKY_RELU; the others follow LiteRT.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.operators.broadcast import clamp_float
from toolchain.operators.lookup import lookup_kernel
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, round_half_away

_LARGEST: Final = float(np.finfo(np.float32).max)
_RANGES: Final = {
    "RELU": (0.0, float("inf")),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}


def lower(low: Lowering) -> Kernel:
    """Lower one clamp."""
    types = low.types(0)
    if types == (DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _int8(low: Lowering) -> Kernel:
    (in_scale, in_zero), (out_scale, out_zero) = low.tensor(0).scale_zero, low.output.scale_zero
    least, most = _RANGES[low.op.kind]
    raw = low.op.kind == "RELU6"
    scale, zero = (in_scale, in_zero) if raw else (out_scale, out_zero)
    lowest = max(INT8_MIN, zero + round_half_away(float(np.float32(least) / scale)))
    highest = (
        INT8_MAX if most == float("inf") else min(INT8_MAX, zero + round_half_away(float(np.float32(most) / scale)))
    )
    scaler = Scaler.of(np.array([float(in_scale) / float(out_scale)]))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data = values[0].astype(np.int64)
        scaled = data if raw else scaler.apply(data - in_zero, low.rounding) + out_zero
        return (clamp(np.maximum(lowest, np.minimum(highest, scaled)), INT8_MIN, INT8_MAX, np.int8),)

    return lookup_kernel(low, run)


def _float32(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)
    least, most = _RANGES[low.op.kind]

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (clamp_float(values[0], least, most),)

    args = {"elements": out.elements, "low": least, "high": most}
    return Kernel(low.op.index, "clamp_f32", (x.index, out.index), (out.index,), run, args, in_place=0)


def lower_leaky(low: Lowering) -> Kernel:
    """Lower one LEAKY_RELU."""
    types = low.types(0)
    if types == (DType.INT8, DType.INT8):
        return _leaky_int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return _leaky_float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _leaky_int8(low: Lowering) -> Kernel:
    (in_scale, in_zero), (out_scale, out_zero) = low.tensor(0).scale_zero, low.output.scale_zero
    alpha = np.float32(low.op.options["alpha"])
    real = float(in_scale) * float(alpha) / float(out_scale)
    identity = Scaler.of(np.array([float(in_scale) / float(out_scale)]))
    slope = Scaler.of(np.array([abs(real)]))
    slope = Scaler((np.sign(real) * slope.q).astype(np.int32), slope.e)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x = values[0].astype(np.int64) - in_zero
        scaled = np.where(x >= 0, identity.apply(x, low.rounding), slope.apply(x, low.rounding))
        return (clamp(scaled + out_zero, INT8_MIN, INT8_MAX, np.int8),)

    return lookup_kernel(low, run)


def _leaky_float32(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)
    alpha = np.float32(low.op.options["alpha"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.where(values[0] > 0, values[0], values[0] * alpha),)

    args = {"elements": out.elements, "alpha": float(alpha)}
    return Kernel(low.op.index, "leaky_relu_f32", (x.index, out.index), (out.index,), run, args, in_place=0)
