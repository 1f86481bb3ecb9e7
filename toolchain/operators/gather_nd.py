"""GATHER_ND: elements or slices of a tensor by rows of int32 indices, each clamped to its dimension (see `gather`)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering
from toolchain.operators.strided import dense_strides


def lower(low: Lowering) -> Kernel:
    """Lower one GATHER_ND; the last dimension of the indices holds one index for each leading dimension."""
    x, indices, out = low.tensor(0), low.tensor(1), low.output
    depth = indices.shape[-1] if indices.shape else 0
    if indices.dtype is not DType.INT32 or x.dtype is not out.dtype or not 0 < depth <= len(x.shape) or not x.elements:
        raise low.unsupported(f"{indices.dtype.value} indices {indices.shape} into {x.shape}")
    low.expect_output((*indices.shape[:-1], *x.shape[depth:]))
    limits = np.array(x.shape[:depth], np.int32)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        wanted = np.clip(values[1].reshape(-1, depth), 0, limits - 1)
        return (values[0][tuple(wanted.T)].reshape(out.shape),)

    args: dict[str, Constant] = {"count": indices.elements // depth, "depth": depth, "sizes": limits}
    args["strides"] = np.array(dense_strides(x.shape)[:depth], np.int32) * np.int32(x.dtype.itemsize)
    args["bytes"] = math.prod(x.shape[depth:]) * x.dtype.itemsize
    operands = (x.index, indices.index, out.index)
    return Kernel(low.op.index, "gather_nd", operands, (out.index,), run, args)
