"""Operators that only move elements: each is one walk over the input with a stride for every output dimension.

TRANSPOSE, SLICE, STRIDED_SLICE, BROADCAST_TO, TILE and DEPTH_TO_SPACE differ in dimensions, strides and the first
element alone; they share one C kernel. The walk is merged into the fewest dimensions and the longest runs first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run

MAX_RANK: Final = 8


@dataclass(frozen=True)
class Walk:
    """Places of a tensor in some order: `dims`, outermost first, with a stride each (may be 0 or negative)."""

    dims: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    def merged(self) -> Walk:
        """The same places in the same order with as few dimensions as possible."""
        dims: list[int] = []
        strides: list[int] = []
        for size, stride in zip(self.dims, self.strides, strict=True):
            if size == 1:
                continue
            if dims and strides[-1] == stride * size:
                dims[-1] *= size
                strides[-1] = stride
            else:
                dims.append(size)
                strides.append(stride)
        return Walk(tuple(dims), tuple(strides), self.offset)

    def args(self) -> dict[str, Constant]:
        """Fields `rank`, `dims`, `strides` for `persona_step`; never empty, C99 has no empty arrays."""
        dims, strides = self.dims or (1,), self.strides or (0,)
        return {"rank": len(dims), "dims": np.array(dims, np.int32), "strides": np.array(strides, np.int32)}


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Stride in elements of each dimension of a row-major tensor."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def runs_of(walk: Walk, itemsize: int) -> tuple[Walk, int]:
    """The walk merged, in bytes, without its contiguous last dimension; and the bytes of one such run."""
    merged = walk.merged()
    dims, strides = list(merged.dims), [stride * itemsize for stride in merged.strides]
    run = itemsize
    if strides and strides[-1] == itemsize:
        run *= dims.pop()
        strides.pop()
    return Walk(tuple(dims), tuple(strides), merged.offset * itemsize), run


def copy_kernel(low: Lowering, position: int, walk: Walk, run: Run) -> Kernel:
    """Copy the elements of input `position` that `walk` (in elements) meets, in its order, to the output.

    Raises:
        ModelError: element types differ, or the walk has too many dimensions.
    """
    x, out = low.tensor(position), low.output
    if x.dtype is not out.dtype:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    if math.prod(walk.dims) != out.elements or not out.elements:
        raise low.unsupported(f"{walk.dims} elements for an output of shape {out.shape}")
    places, length = runs_of(walk, x.dtype.itemsize)
    if len(places.dims) > MAX_RANK:
        raise low.unsupported(f"{len(places.dims)} dimensions after merging, at most {MAX_RANK}")
    if not places.dims and not walk.offset and x.elements == out.elements and x.data is None:
        return Kernel(low.op.index, "", (x.index, out.index), (out.index,), run, in_place=0)
    args: dict[str, Constant] = {"offset": places.offset, "bytes": length, "runs": math.prod(places.dims)}
    args |= places.args()
    return Kernel(low.op.index, "copy_strided", (x.index, out.index), (out.index,), run, args)


def move(low: Lowering, position: int, pick: Run) -> Kernel:
    """Lower a pure view of input `position`: `pick` is NumPy's transpose, basic indexing, broadcast or reshape of it.

    The walk is read off the array that NumPy returns, so reference and kernel cannot disagree about the geometry.
    """
    x, out = low.tensor(position), low.output
    probe = np.empty(x.shape, np.int8)
    (seen,) = pick([probe])
    if not np.may_share_memory(seen, probe) and seen.size:
        raise low.unsupported("a rearrangement that is no walk with constant strides")
    walk = Walk(seen.shape, seen.strides, _address(seen) - _address(probe)) if seen.size else Walk((0,), (0,))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        (picked,) = pick([values[0]])  # the kernel reads this input alone
        return (np.ascontiguousarray(picked).reshape(out.shape),)

    return copy_kernel(low, position, walk, run)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])
