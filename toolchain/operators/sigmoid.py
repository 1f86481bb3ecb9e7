"""LOGISTIC and TANH, int8 and float32.

int8 follows TFLite Micro's fixed point, computed here into a table; float32 uses `toolchain.operators.float_math`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators import fixed_point
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.operators.float_unary import float_kernel
from toolchain.operators.lookup import lookup_kernel
from toolchain.requant import INT8_MAX, INT8_MIN, Rounding, Scaler, quantise_multiplier, rounding_shift

_INPUT_BITS: Final = 4


def lower(low: Lowering) -> Kernel:
    """Lower one LOGISTIC or TANH."""
    types = low.types(0)
    if types == (DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return float_kernel(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _int8(low: Lowering) -> Kernel:
    in_scale, in_zero = low.tensor(0).scale_zero
    is_tanh = low.op.kind == "TANH"
    bits, out_zero = (7, 0) if is_tanh else (8, INT8_MIN)
    if low.output.scale_zero != (np.float32(2.0**-bits), out_zero):
        raise low.unsupported(f"an output scale other than 1/{1 << bits} with zero point {out_zero}")
    q, e = quantise_multiplier(float(in_scale) * (1 << (31 - _INPUT_BITS)))
    scaler = Scaler(np.array([q], np.int32), np.array([e], np.int8))
    radius = fixed_point.input_radius(_INPUT_BITS, e)
    function = fixed_point.tanh if is_tanh else fixed_point.logistic

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x = values[0].astype(np.int64) - in_zero
        inside = np.abs(x) < radius
        fixed = function(scaler.apply(np.where(inside, x, 0), Rounding.TFLM), _INPUT_BITS)
        scaled = rounding_shift(fixed, 31 - bits) + out_zero
        ends = np.where(x < 0, INT8_MIN, INT8_MAX)
        return (clamp(np.where(inside, scaled, ends), INT8_MIN, INT8_MAX, np.int8),)

    return lookup_kernel(low, run)
