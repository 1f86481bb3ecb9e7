"""ABS, NEG, SQUARE, SQRT, RSQRT, EXP and LOG, int8 and float32.

float32: ABS, NEG, SQUARE, SQRT and RSQRT have TFLite Micro's bits, EXP and LOG are our own functions. int8: ABS and
RSQRT have TFLite Micro's bits. It has no int8 EXP, LOG and SQRT: they are the real functions, rounded once, in a table,
and held within 1 of LiteRT's reference kernels. Neither has int8 SQUARE, and LiteRT's int8 NEG ignores quantisation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators import fixed_point
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.operators.float_unary import float_kernel
from toolchain.operators.lookup import lookup_kernel, real_lookup
from toolchain.requant import INT8_MAX, INT8_MIN, Rounding, Scaler

_REAL: Final[Mapping[str, Callable[[Array], Array]]] = {
    "EXP": np.exp,
    "LOG": np.log,
    "SQRT": np.sqrt,
}
_RSQRT_SHIFT: Final = 20
_HALF_ROOT_TWO: Final = 1518500250
_ONE_Q3: Final = 1 << 28


def lower(low: Lowering) -> Kernel:
    """Lower one operator of this module."""
    types = low.types(0)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return float_kernel(low)
    if types != (DType.INT8, DType.INT8):
        raise low.unsupported(f"element types {[t.value for t in types]}")
    if low.op.kind == "ABS":
        return _abs(low)
    if low.op.kind == "RSQRT":
        return _rsqrt(low)
    if low.op.kind in _REAL:
        return _real(low)
    raise low.unsupported("int8, which neither TFLite Micro nor LiteRT computes")


def _real(low: Lowering) -> Kernel:
    function = _REAL[low.op.kind]

    def quiet(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return function(x)

    return real_lookup(low, quiet)


def _abs(low: Lowering) -> Kernel:
    (in_scale, in_zero), (out_scale, out_zero) = low.tensor(0).scale_zero, low.output.scale_zero
    scaler = Scaler.of(np.array([float(in_scale) / float(out_scale)]))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        size = np.abs(values[0].astype(np.int64) - in_zero)
        scaled = size if in_scale == out_scale else scaler.apply(size, low.rounding)
        return (clamp(scaled + out_zero, INT8_MIN, INT8_MAX, np.int8),)

    return lookup_kernel(low, run)


def _rsqrt(low: Lowering) -> Kernel:
    """TFLite Micro refuses negative numbers; here they count as zero, whose answer is the largest."""
    (in_scale, in_zero), (out_scale, out_zero) = low.tensor(0).scale_zero, low.output.scale_zero
    scaler = Scaler.of(np.array([1.0 / (np.sqrt(float(in_scale)) * float(out_scale))]))
    scaler = Scaler(scaler.q, (scaler.e - _RSQRT_SHIFT).astype(np.int8))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x = values[0].astype(np.int64) - in_zero
        pairs = [_inverse_root(max(1, int(value))) for value in x.reshape(-1)]
        roots = Scaler(np.array([q for q, _ in pairs], np.int32), np.array([e + 20 for _, e in pairs], np.int8))
        fixed = roots.apply(np.ones(len(pairs), np.int64), Rounding.TFLM)
        scaled = clamp(scaler.apply(fixed, Rounding.TFLM) + out_zero, INT8_MIN, INT8_MAX, np.int8)
        return (np.where(x > 0, scaled.reshape(x.shape), np.int8(INT8_MAX)),)

    return lookup_kernel(low, run)


def _inverse_root(value: int) -> tuple[int, int]:
    """1 / sqrt(value) as a Q31 multiplier and an exponent, for 1 <= value < 2**29: five steps of Newton's iteration."""
    if value == 1:
        return fixed_point.ONE, 0
    pairs = (32 - value.bit_length() - 1) // 2 - 1
    whole = np.array((value << 2 * pairs) >> 1, np.int64)
    half = (whole + 1) >> 1
    x = np.array(_ONE_Q3, np.int64)
    for _ in range(5):
        cube = fixed_point.shift_left(fixed_point.multiply(fixed_point.multiply(x, x), x), 6)
        step = fixed_point.multiply(_ONE_Q3 + (_ONE_Q3 >> 1), x) - fixed_point.multiply(half, cube)
        x = fixed_point.shift_left(step, 3)
    root, shift = int(fixed_point.multiply(x, _HALF_ROOT_TWO)), 11 - pairs
    return (root << -shift, 0) if shift < 0 else (root, -shift)
