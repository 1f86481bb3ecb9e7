"""ARG_MAX and ARG_MIN along one dimension, int8 and float32: the first of equals wins, a NaN is never better."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering


def lower(low: Lowering) -> Kernel:
    """Lower one ARG_MAX or ARG_MIN; the axis is a constant, the result int32."""
    x, out = low.tensor(0), low.output
    suffix = {DType.INT8: "s8", DType.FLOAT32: "f32"}.get(x.dtype)
    if suffix is None or out.dtype is not DType.INT32:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    rank, axis = len(x.shape), int(low.constant(1).reshape(-1)[0])
    if not -rank <= axis < rank or not x.elements:
        raise low.unsupported(f"axis {axis} of {x.shape}")
    axis %= rank
    outer, count, inner = math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :])
    low.expect_elements(outer * inner)
    largest = low.op.kind == "ARG_MAX"

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data = values[0].reshape(outer, count, inner)
        best, place = data[:, 0], np.zeros((outer, inner), np.int32)
        for k in range(1, count):  # the comparisons of the C kernel, for the sake of NaN
            better = data[:, k] > best if largest else data[:, k] < best
            best, place = np.where(better, data[:, k], best), np.where(better, np.int32(k), place)
        return (place.reshape(out.shape),)

    args = {"outer": outer, "count": count, "inner": inner}
    function = f"arg_{'max' if largest else 'min'}_{suffix}"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)
