"""SUM, MEAN, REDUCE_MAX and REDUCE_MIN over any axes, int8, int16 (SUM and MEAN) and float32.

Integers follow TFLite Micro: one requantisation of the exact sum, whose multiplier carries MEAN's division (reduce.h,
QuantizedMeanOrSum). Floats are added in the order of memory, then divided. Maximum and minimum start from the lowest
and highest finite value, so that a NaN is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp
from toolchain.operators.strided import MAX_RANK, Walk, dense_strides
from toolchain.requant import Scaler, quantise_multiplier

_SUFFIX: Final = {DType.INT8: "s8", DType.INT16: "s16", DType.FLOAT32: "f32"}


def lower(low: Lowering) -> Kernel:
    """Lower one reduction; the axes are a constant."""
    x, out = low.tensor(0), low.output
    if x.dtype is not out.dtype or x.dtype not in _SUFFIX:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    axes = _axes(low)
    low.expect_elements(math.prod(n for axis, n in enumerate(x.shape) if axis not in axes))
    if not x.elements:
        raise low.unsupported("a reduction over no elements")
    if low.op.kind in {"REDUCE_MAX", "REDUCE_MIN"}:
        return _extreme(low, axes)
    return _float_sum(low, axes) if x.dtype is DType.FLOAT32 else _integer_sum(low, axes)


def _axes(low: Lowering) -> tuple[int, ...]:
    rank = len(low.tensor(0).shape)
    given = [int(a) for a in low.constant(1).reshape(-1)]
    if any(not -rank <= a < rank for a in given):
        raise low.unsupported(f"axes {given} of {rank} dimensions")
    return tuple(sorted({a % rank for a in given}))


def _rows(x: Array, axes: tuple[int, ...]) -> Array:
    """The input as [outputs, elements of each], the latter in the order of memory."""
    kept = [a for a in range(x.ndim) if a not in axes]
    count = math.prod(x.shape[a] for a in axes)
    return x.transpose(*kept, *axes).reshape(-1, count)


def _places(low: Lowering, axes: tuple[int, ...]) -> dict[str, Constant]:
    """Argument fields: where each output's first element lies, and the others from there."""
    shape = low.tensor(0).shape
    strides = dense_strides(shape)
    kept, reduced = (
        Walk(tuple(shape[a] for a in picked), tuple(strides[a] for a in picked)).merged()
        for picked in ([a for a in range(len(shape)) if a not in axes], axes)
    )
    if max(len(kept.dims), len(reduced.dims)) > MAX_RANK:
        raise low.unsupported(f"{len(shape)} dimensions")
    *outer, inner = reduced.dims or (1,)
    *outer_strides, inner_stride = reduced.strides or (0,)
    rest = Walk(tuple(outer), tuple(outer_strides))
    fields: dict[str, Constant] = {"outputs": math.prod(kept.dims), "runs": math.prod(outer)}
    fields |= {"length": inner, "stride": inner_stride}
    fields |= {f"kept_{name}": value for name, value in kept.args().items()}
    return fields | {f"reduced_{name}": value for name, value in rest.args().items()}


def _scaler(low: Lowering, count: int) -> Scaler:
    """Multiplier from input to output units; MEAN's carries the division by `count`."""
    (in_scale, _), (out_scale, _) = low.tensor(0).scale_zero, low.output.scale_zero
    q, e = quantise_multiplier(float(np.float64(in_scale) / np.float64(out_scale)))
    if low.op.kind == "MEAN":
        shift = min(count.bit_length() - 1, 32, 31 + e)
        q, e = (q << shift) // count, e - shift
    return Scaler(np.array([q], np.int32), np.array([e], np.int8))


def _integer_sum(low: Lowering, axes: tuple[int, ...]) -> Kernel:
    x, out = low.tensor(0), low.output
    count = math.prod(x.shape[a] for a in axes)
    (_, in_zero), (_, out_zero) = x.scale_zero, out.scale_zero
    scaler, limits = _scaler(low, count), np.iinfo(x.dtype.numpy)
    if count * (limits.max - limits.min) >= 1 << 31:
        raise low.unsupported(f"a sum of {count} elements, which overflows 32 bits")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        total = _rows(values[0], axes).astype(np.int64).sum(axis=1)
        scaled = scaler.apply(total - in_zero * count, low.rounding) + out_zero
        return (clamp(scaled, limits.min, limits.max, out.dtype.numpy.type).reshape(out.shape),)

    args = _places(low, axes) | {"in_zero": in_zero * count, "out_zero": out_zero}
    args |= {"multiplier": int(scaler.q[0]), "shift": int(scaler.e[0])}
    return Kernel(low.op.index, f"sum_{_SUFFIX[x.dtype]}", (x.index, out.index), (out.index,), run, args)


def _float_sum(low: Lowering, axes: tuple[int, ...]) -> Kernel:
    x, out = low.tensor(0), low.output
    divisor = math.prod(x.shape[a] for a in axes) if low.op.kind == "MEAN" else 1

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        rows = _rows(values[0], axes)
        total = np.zeros(len(rows), np.float32)
        for k in range(rows.shape[1]):  # the order of the C kernel
            total += rows[:, k]
        return ((total / np.float32(divisor)).reshape(out.shape),)

    args = _places(low, axes) | {"divisor": float(divisor)}
    return Kernel(low.op.index, "sum_f32", (x.index, out.index), (out.index,), run, args)


def _extreme(low: Lowering, axes: tuple[int, ...]) -> Kernel:
    x, out = low.tensor(0), low.output
    if x.dtype is DType.INT16:
        raise low.unsupported("int16")
    if x.quantisation is not None and x.scale_zero != out.scale_zero:
        raise low.unsupported("input and output with different scales or zero points")
    largest = low.op.kind == "REDUCE_MAX"
    limits = np.finfo(np.float32) if x.dtype is DType.FLOAT32 else np.iinfo(np.int8)
    start = limits.min if largest else limits.max

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        rows = _rows(values[0], axes)
        best = np.full(len(rows), start, out.dtype.numpy)
        for k in range(rows.shape[1]):
            best = np.where(rows[:, k] > best if largest else rows[:, k] < best, rows[:, k], best)
        return (best.reshape(out.shape),)

    function = f"reduce_{'max' if largest else 'min'}_{_SUFFIX[x.dtype]}"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, _places(low, axes))
