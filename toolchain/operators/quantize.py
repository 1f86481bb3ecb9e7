"""QUANTIZE and DEQUANTIZE: the borders between int8 and float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.requant import INT8_MAX, INT8_MIN

_FAR: Final = 512.0
"""Beyond this many steps every value saturates, whatever the zero point."""


def lower_quantize(low: Lowering) -> Kernel:
    """float32 to int8: `round(x / scale) + zero`, ties away from zero, saturated."""
    x, out = low.tensor(0), low.output
    if low.types(0) != (DType.FLOAT32, DType.INT8):
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    scale, zero = out.scale_zero

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        real = np.nan_to_num(values[0] / scale, nan=-_FAR).clip(-_FAR, _FAR).astype(np.float64)
        rounded = np.trunc(real + np.copysign(0.5, real))
        return (clamp(rounded + zero, INT8_MIN, INT8_MAX, np.int8),)

    args = {"elements": out.elements, "scale": float(scale), "zero": zero}
    return Kernel(low.op.index, "quantize_f32_s8", (x.index, out.index), (out.index,), run, args)


def lower_dequantize(low: Lowering) -> Kernel:
    """int8 to float32: `scale * (q - zero)`."""
    x, out = low.tensor(0), low.output
    if low.types(0) != (DType.INT8, DType.FLOAT32):
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    scale, zero = x.scale_zero

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (scale * (values[0].astype(np.int32) - zero).astype(np.float32),)

    args = {"elements": out.elements, "scale": float(scale), "zero": zero}
    return Kernel(low.op.index, "dequantize_s8_f32", (x.index, out.index), (out.index,), run, args)
