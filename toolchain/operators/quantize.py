"""QUANTIZE and DEQUANTIZE: the borders between integers and float32, and between quantisations of integers.

TFLite Micro has no border between float32 and uint8; there LiteRT's reference kernels are the oracle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.operators.lookup import lookup_kernel
from toolchain.requant import Scaler

_SUFFIXES: Final = {
    DType.FLOAT32: "f32",
    DType.INT8: "s8",
    DType.UINT8: "u8",
    DType.INT16: "s16",
    DType.INT32: "s32",
}
_FROM_FLOAT: Final = {DType.INT8: 512.0, DType.UINT8: 131072.0, DType.INT16: 131072.0}
"""Types that floats become; beyond so many steps every value saturates, whatever the zero point."""

_REQUANTISED: Final = {
    (DType.INT8, DType.INT8),
    (DType.INT8, DType.UINT8),
    (DType.INT8, DType.INT16),
    (DType.INT8, DType.INT32),
    (DType.UINT8, DType.INT8),
    (DType.INT16, DType.INT8),
    (DType.INT16, DType.INT16),
    (DType.INT16, DType.INT32),
    (DType.INT32, DType.INT8),
    (DType.INT32, DType.INT16),
}
_TO_FLOAT: Final = {DType.INT8, DType.UINT8, DType.INT16}


def lower_quantize(low: Lowering) -> Kernel:
    """Lower one QUANTIZE: from float32, or from another quantisation."""
    low.expect_elements(low.tensor(0).elements)
    source, target = low.types(0)
    if source is DType.FLOAT32 and target in _FROM_FLOAT:
        return _from_float(low, _FROM_FLOAT[target])
    if (source, target) in _REQUANTISED:
        return _requantise(low)
    raise low.unsupported(f"{source.value} to {target.value}")


def _from_float(low: Lowering, far: float) -> Kernel:
    """`round(x / scale) + zero`, ties away from zero, saturated."""
    x, out = low.tensor(0), low.output
    scale, zero = out.scale_zero
    limits, dtype = np.iinfo(out.dtype.numpy), out.dtype.numpy.type

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        with np.errstate(over="ignore"):
            steps = values[0] / scale
        real = np.nan_to_num(steps, nan=-far).clip(-far, far).astype(np.float64)
        rounded = np.trunc(real + np.copysign(0.5, real))
        return (clamp(rounded + zero, limits.min, limits.max, dtype),)

    args = {"elements": out.elements, "scale": float(scale), "zero": zero}
    function = f"quantize_f32_{_SUFFIXES[out.dtype]}"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)


def _requantise(low: Lowering) -> Kernel:
    """From one scale and zero point to another; int8 to int8 is a table."""
    x, out = low.tensor(0), low.output
    (in_scale, in_zero), (out_scale, out_zero) = x.scale_zero, out.scale_zero
    if any(t.dtype is DType.INT32 and t.scale_zero[1] != 0 for t in (x, out)):
        raise low.unsupported("an int32 tensor with a zero point")
    scaler = Scaler.of(np.array([float(in_scale) / float(out_scale)]))
    limits, dtype = np.iinfo(out.dtype.numpy), out.dtype.numpy.type

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        scaled = scaler.apply(values[0].astype(np.int64) - in_zero, low.rounding)
        return (clamp(scaled + out_zero, limits.min, limits.max, dtype),)

    if x.dtype is out.dtype is DType.INT8:
        return lookup_kernel(low, run)
    args = {"elements": out.elements, "in_zero": in_zero, "out_zero": out_zero}
    args |= {"multiplier": int(scaler.q[0]), "shift": int(scaler.e[0])}
    function = f"requantize_{_SUFFIXES[x.dtype]}_{_SUFFIXES[out.dtype]}"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)


def lower_dequantize(low: Lowering) -> Kernel:
    """Lower one DEQUANTIZE: `scale * (q - zero)`."""
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)
    if x.dtype not in _TO_FLOAT or out.dtype is not DType.FLOAT32:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    scale, zero = x.scale_zero
    if x.dtype is DType.INT32 and zero != 0:
        raise low.unsupported("an int32 tensor with a zero point")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        real = scale * (values[0].astype(np.int32) - zero).astype(np.float32)
        return (real.reshape(out.shape),)

    args = {"elements": out.elements, "scale": float(scale), "zero": zero}
    function = f"dequantize_{_SUFFIXES[x.dtype]}_f32"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)
