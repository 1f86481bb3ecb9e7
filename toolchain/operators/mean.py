"""MEAN over any axes, int8 and float32.

int8 follows TFLite Micro: one requantisation whose multiplier carries the division (reduce.h, QuantizedMeanOrSum).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, quantise_multiplier


def lower(low: Lowering) -> Kernel:
    """Lower one MEAN; the axes are a constant."""
    types = low.types(0)
    if types == (DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _axes(low: Lowering) -> tuple[int, ...]:
    rank = len(low.tensor(0).shape)
    return tuple(sorted({int(a) % rank for a in low.constant(1).reshape(-1)}))


def _split(low: Lowering) -> tuple[int, int, int]:
    """The input as [outer, reduced, inner]; the axes must be neighbours."""
    shape, axes = low.tensor(0).shape, _axes(low)
    if not axes or axes != tuple(range(axes[0], axes[-1] + 1)):
        raise low.unsupported(f"reduction over the axes {axes} of {shape}, which are not neighbours")
    count = math.prod(shape[a] for a in axes)
    if count == 0:
        raise low.unsupported("reduction over no elements")
    return math.prod(shape[: axes[0]]), count, math.prod(shape[axes[-1] + 1 :])


def _int8(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    outer, count, inner = _split(low)
    (in_scale, in_zero), (out_scale, out_zero) = x.scale_zero, out.scale_zero
    q, e = quantise_multiplier(float(np.float64(in_scale) / np.float64(out_scale)))
    shift = min(count.bit_length() - 1, 32, 31 + e)
    q, e = (q << shift) // count, e - shift
    scaler = Scaler(np.array([q], np.int32), np.array([e], np.int8))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        total = values[0].reshape(outer, count, inner).astype(np.int64).sum(axis=1)
        scaled = scaler.apply(total - in_zero * count, low.rounding) + out_zero
        return (clamp(scaled, INT8_MIN, INT8_MAX, np.int8).reshape(out.shape),)

    args: dict[str, Any] = {"outer": outer, "count": count, "inner": inner}
    args |= {"in_zero": in_zero * count, "out_zero": out_zero, "multiplier": q, "shift": e}
    return Kernel(low.op.index, "mean_s8", (x.index, out.index), (out.index,), run, args)


def _float32(low: Lowering) -> Kernel:
    x, out = low.tensor(0), low.output
    outer, count, inner = _split(low)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data = values[0].reshape(outer, count, inner)
        total = np.zeros((outer, inner), np.float32)
        for k in range(count):  # the order of the C kernel
            total += data[:, k]
        return ((total / np.float32(count)).reshape(out.shape),)

    args = {"outer": outer, "count": count, "inner": inner}
    return Kernel(low.op.index, "mean_f32", (x.index, out.index), (out.index,), run, args)
