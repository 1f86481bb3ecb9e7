"""SELECT_V2, and SELECT of equal shapes: one of two tensors, element by element, with broadcast. Any element type."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering
from toolchain.operators.strided import MAX_RANK, dense_strides


def lower(low: Lowering) -> Kernel:
    """Lower one SELECT_V2: condition, what to take where it is true, what where it is false."""
    tensors, out = [low.tensor(i) for i in range(3)], low.output
    condition, yes, no = tensors
    if condition.dtype is not DType.BOOL or not yes.dtype is no.dtype is out.dtype:
        raise low.unsupported(f"{[t.dtype.value for t in tensors]} to {out.dtype.value}")
    if out.quantisation is not None and not yes.scale_zero == no.scale_zero == out.scale_zero:
        raise low.unsupported("inputs with another scale or zero point than the output")
    _check_shapes(low)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.where(*values).reshape(out.shape),)

    args: dict[str, Constant] = {"elements": out.elements, "bytes": out.dtype.itemsize, "rank": max(1, len(out.shape))}
    args["dims"] = np.array(out.shape or (1,), np.int32)
    for name, tensor, size in zip(("condition", "yes", "no"), tensors, (1, *[out.dtype.itemsize] * 2), strict=True):
        own = [0 if n == 1 else s * size for n, s in zip(tensor.shape, dense_strides(tensor.shape), strict=True)]
        lead = max(1, len(out.shape)) - len(own)
        args[name] = np.array([0] * lead + own, np.int32)
    operands = (condition.index, yes.index, no.index, out.index)
    return Kernel(low.op.index, "select", operands, (out.index,), run, args)


def _check_shapes(low: Lowering) -> None:
    shapes, out = [low.tensor(i).shape for i in range(3)], low.output.shape
    same = len(set(shapes)) == 1
    try:
        fits = np.broadcast_shapes(*shapes) == out
    except ValueError:
        fits = False
    if not fits or len(out) > MAX_RANK or (low.op.kind == "SELECT" and not same):
        raise low.unsupported(f"{shapes} to {out}")
