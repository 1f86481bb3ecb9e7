"""TRANSPOSE of up to six dimensions, any element type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from toolchain.operators.base import Array, Kernel, Lowering

_RANK: Final = 6


def lower(low: Lowering) -> Kernel:
    """Lower one TRANSPOSE; the permutation is a constant."""
    x, out = low.tensor(0), low.output
    order = [int(a) % len(x.shape) for a in low.constant(1).reshape(-1)]
    if len(x.shape) > _RANK or sorted(order) != list(range(len(x.shape))):
        raise low.unsupported(f"permutation {order} of {len(x.shape)} dimensions")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.ascontiguousarray(values[0].transpose(order)),)

    if _keeps_bytes(x.shape, order):
        return Kernel(low.op.index, "", (x.index, out.index), (out.index,), run, in_place=0)
    strides = [math.prod(x.shape[axis + 1 :]) for axis in range(len(x.shape))]
    lead = _RANK - len(order)
    args: dict[str, Any] = {
        "dims": np.array([1] * lead + [x.shape[a] for a in order], np.int32),
        "strides": np.array([0] * lead + [strides[a] for a in order], np.int32),
    }
    function = f"transpose_{x.dtype.itemsize * 8}"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)


def _keeps_bytes(shape: tuple[int, ...], order: list[int]) -> bool:
    """Only dimensions of one element change places."""
    long = [axis for axis in order if shape[axis] > 1]
    return long == sorted(long)
