"""DIV with broadcast, int8 and float32.

int8 follows TFLite Micro: the divisor becomes a reciprocal in fixed point. Where a quotient is far below half a step of
the output, TFLite Micro shifts by more than 31 bits and answers at random; here it is 0. A divisor of zero, which it
forbids, counts as the smallest one above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators import fixed_point
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp, float_range
from toolchain.operators.broadcast import binary_kernel, clamp_float
from toolchain.requant import INT8_MAX, INT8_MIN, Ints, Scaler, activation_range, quantise_multiplier

_LARGEST_SHIFT: Final = 30
_LEAST_SHIFT: Final = -31


def lower(low: Lowering) -> Kernel:
    """Lower one DIV."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _leading_zeros(values: Ints) -> Ints:
    """Of positive 32-bit numbers."""
    return 32 - np.frexp(values.astype(np.float64))[1].astype(np.int64)


def _int8(low: Lowering) -> Kernel:
    (a_scale, a_zero), (b_scale, b_zero), (out_scale, out_zero) = (
        t.scale_zero for t in (low.tensor(0), low.tensor(1), low.output)
    )
    q, e = quantise_multiplier(float(a_scale) / (float(b_scale) * float(out_scale)))
    if e > _LARGEST_SHIFT:
        raise low.unsupported(f"an output scale of {out_scale} for {a_scale} / {b_scale}")
    lowest, highest = activation_range(low.op.options["activation"], out_scale, out_zero, INT8_MIN, INT8_MAX)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = np.broadcast_arrays(*(v.astype(np.int64) for v in values))
        divisor = np.where(right == b_zero, 1, right - b_zero)
        dividend = np.where(divisor < 0, -1, 1) * (left - a_zero)
        bits = _leading_zeros(np.abs(divisor))
        inverse = fixed_point.reciprocal_one_plus((np.abs(divisor) << bits) - (1 << 31))
        room = np.where(dividend < 0, _leading_zeros(-2 * dividend - 1), _leading_zeros(np.maximum(dividend, 1)) - 1)
        quotient = fixed_point.multiply(dividend << room, inverse)
        shift = e - (31 - bits) - room
        scaler = Scaler(np.array(q, np.int32), np.maximum(shift, _LEAST_SHIFT).astype(np.int8))
        ratio = np.where(shift < _LEAST_SHIFT, 0, scaler.apply(quotient, low.rounding))
        return (clamp(ratio + out_zero, lowest, highest, np.int8),)

    fields: dict[str, Constant] = {"a_zero": a_zero, "b_zero": b_zero, "out_zero": out_zero}
    fields |= {"multiplier": q, "shift": e, "act_min": lowest, "act_max": highest}
    return binary_kernel(low, "div_s8", run, fields)


def _float32(low: Lowering) -> Kernel:
    lowest, highest = float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return (clamp_float(values[0] / values[1], lowest, highest),)

    return binary_kernel(low, "div_f32", run, {"act_min": lowest, "act_max": highest})
