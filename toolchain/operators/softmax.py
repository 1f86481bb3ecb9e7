"""SOFTMAX over the last dimension, int8 and float32.

int8 is fixed point, as in TFLite Micro. Its exponentials depend on nothing but the distance to the row's largest
element, so they are computed here, and the device holds a table of them. Where they add up to 512 or more TFLite Micro
aborts; ours has the same formula there. float32 uses the exponential of `toolchain.operators.float_math`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators import fixed_point, float_math
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp
from toolchain.requant import INT8_MAX, INT8_MIN, Ints, Rounding, Scaler, quantise_multiplier, rounding_shift

_DIFF_BITS: Final = 5
_SUM_BITS: Final = 12
_LARGEST_MULTIPLIER: Final = float((1 << 31) - 1)
_LONGEST_ROW: Final = 1 << _SUM_BITS


def lower(low: Lowering) -> Kernel:
    """Lower one SOFTMAX."""
    types = low.types(0)
    if not low.output.shape or low.tensor(0).shape != low.output.shape:
        raise low.unsupported(f"shape {low.tensor(0).shape} to {low.output.shape}")
    if types == (DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def exponentials(scale: np.float32, beta: float) -> Ints:
    """exp(-distance * scale * beta) in Q0 for distance 0, 1, ... to the last that TFLite Micro does not take as 0."""
    real = min(beta * float(scale) * (1 << (31 - _DIFF_BITS)), _LARGEST_MULTIPLIER)
    q, e = quantise_multiplier(real)
    radius = min(fixed_point.input_radius(_DIFF_BITS, e), INT8_MAX - INT8_MIN)
    distance = -np.arange(radius + 1, dtype=np.int64)
    scaled = Scaler(np.array([q], np.int32), np.array([e], np.int8)).apply(distance, Rounding.TFLM)
    return fixed_point.exp_negative(scaled, _DIFF_BITS)


def _int8(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    scale, beta = x.scale_zero[0], float(low.op.options["beta"])
    depth = out.shape[-1]
    if float(scale) * beta * (1 << (31 - _DIFF_BITS)) <= 1.0 or depth >= _LONGEST_ROW:
        raise low.unsupported(f"scale {scale} with beta {beta} and rows of {depth}")
    if out.scale_zero != (np.float32(1 / 256), INT8_MIN):
        raise low.unsupported("an output scale other than 1/256 with zero point -128")
    table = exponentials(scale, beta)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data = values[0].astype(np.int64)
        distance = data.max(axis=-1, keepdims=True) - data
        known = distance < table.size
        powers = np.where(known, table[np.minimum(distance, table.size - 1)], 0)
        total = np.where(known, rounding_shift(powers, _SUM_BITS), 0).sum(axis=-1, keepdims=True)
        headroom = 32 - np.frexp(total.astype(np.float64))[1].astype(np.int64)
        inverse = fixed_point.reciprocal_one_plus((total << headroom) - (1 << 31))
        scaled = rounding_shift(fixed_point.multiply(inverse, powers), _SUM_BITS - headroom + 31 - 8)
        return (np.where(known, clamp(scaled + INT8_MIN, INT8_MIN, INT8_MAX, np.int8), np.int8(INT8_MIN)),)

    args: dict[str, Constant] = {"rows": out.elements // depth, "depth": depth, "known": int(table.size)}
    args["exponentials"] = table.astype(np.int32)
    return Kernel(low.op.index, "softmax_s8", (x.index, out.index), (out.index,), run, args, in_place=0)


def _float32(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    beta, depth = np.float32(low.op.options["beta"]), out.shape[-1]

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data = values[0]
        powers = float_math.exp((data - float_math.largest(data)) * beta)
        total = np.zeros(data.shape[:-1], np.float32)
        for k in range(depth):  # the order of the C kernel
            total = total + powers[..., k]
        return (powers / total[..., None],)

    args: dict[str, Constant] = {"rows": out.elements // depth, "depth": depth, "beta": float(beta)}
    return Kernel(low.op.index, "softmax_f32", (x.index, out.index), (out.index,), run, args, in_place=0)
