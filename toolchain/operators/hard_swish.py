"""HARD_SWISH, int8 and float32: `x * min(max(x + 3, 0), 6) / 6`.

int8 follows TFLite Micro's 16-bit fixed point, computed here into a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.operators.broadcast import clamp_float
from toolchain.operators.lookup import lookup_kernel
from toolchain.requant import INT8_MAX, INT8_MIN, Ints, quantise_multiplier, rounding_shift

_INT16_MIN: Final = -(1 << 15)
_INT16_MAX: Final = (1 << 15) - 1


def lower(low: Lowering) -> Kernel:
    """Lower one HARD_SWISH."""
    types = low.types(0)
    if types == (DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _multiplier(real: float) -> tuple[int, int]:
    """A Q15 multiplier and an exponent."""
    q, e = quantise_multiplier(real)
    return min(_INT16_MAX, (q + (1 << 15)) >> 16), e


def _saturate(values: Ints) -> Ints:
    return np.clip(values, _INT16_MIN, _INT16_MAX)


def _high(a: Ints, b: Ints | int) -> Ints:
    """High half of the doubled product, rounded, saturated."""
    product = a * b
    nudged = product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))
    return _saturate(np.sign(nudged) * (np.abs(nudged) >> 15))


def _int8(low: Lowering) -> Kernel:
    (in_scale, in_zero), (out_scale, out_zero) = low.tensor(0).scale_zero, low.output.scale_zero
    fine = float(in_scale) / 128
    out_q, out_e = _multiplier(fine / float(out_scale))
    gate_q, gate_e = _multiplier(fine / (3 / 32768))
    if out_e > 0:
        raise low.unsupported(f"an output scale of {out_scale}, less than 1/128 of the input's {in_scale}")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        fixed = (values[0].astype(np.int64) - in_zero) << 7
        gate = _saturate(fixed << (gate_e - 1)) if gate_e > 0 else fixed
        gate = _high(gate, gate_q)
        gate = _saturate(gate << 1) if gate_e > 0 else rounding_shift(gate, -gate_e)
        gate = (gate + (1 << 15)) >> 1
        product = gate * _high(fixed, out_q)
        scaled = np.sign(product) * (np.abs(product) >> 15)
        return (clamp(rounding_shift(scaled, -out_e) + out_zero, INT8_MIN, INT8_MAX, np.int8),)

    return lookup_kernel(low, run)


def _float32(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data = values[0]
        return (data * clamp_float(data + np.float32(3), 0.0, 6.0) / np.float32(6),)

    args = {"elements": out.elements}
    return Kernel(low.op.index, "hard_swish_f32", (x.index, out.index), (out.index,), run, args, in_place=0)
