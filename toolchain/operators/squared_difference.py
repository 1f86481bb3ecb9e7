"""SQUARED_DIFFERENCE with broadcast, int8 and float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp
from toolchain.operators.broadcast import binary_kernel
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler

_LEFT_SHIFT: Final = 7


def lower(low: Lowering) -> Kernel:
    """Lower one SQUARED_DIFFERENCE."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _int8(low: Lowering) -> Kernel:
    """Both inputs at twice the larger scale with 7 bits below the point; the square has 14."""
    (a_scale, a_zero), (b_scale, b_zero), (out_scale, out_zero) = (
        t.scale_zero for t in (low.tensor(0), low.tensor(1), low.output)
    )
    twice = 2.0 * float(max(a_scale, b_scale))
    out_real = twice * twice / float(np.float32(1 << 2 * _LEFT_SHIFT) * out_scale)
    scalers = [Scaler.of(np.array([real])) for real in (float(a_scale) / twice, float(b_scale) / twice, out_real)]

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = (v.astype(np.int64) for v in values)
        difference = scalers[0].apply((left - a_zero) << _LEFT_SHIFT, low.rounding)
        difference = difference - scalers[1].apply((right - b_zero) << _LEFT_SHIFT, low.rounding)
        scaled = scalers[2].apply(difference * difference, low.rounding) + out_zero
        return (clamp(scaled, INT8_MIN, INT8_MAX, np.int8),)

    fields: dict[str, Constant] = {"a_zero": a_zero, "b_zero": b_zero, "out_zero": out_zero}
    for name, scaler in zip(("a", "b", "out"), scalers, strict=True):
        fields |= {f"{name}_multiplier": int(scaler.q[0]), f"{name}_shift": int(scaler.e[0])}
    return binary_kernel(low, "squared_difference_s8", run, fields)


def _float32(low: Lowering) -> Kernel:
    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        difference = values[0] - values[1]
        return (difference * difference,)

    return binary_kernel(low, "squared_difference_f32", run, {})
