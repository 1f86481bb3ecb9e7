"""SPLIT, SPLIT_V and UNPACK: each row of the input goes piece by piece into several outputs. Any element type."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from toolchain.graph import Tensor
from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run


def lower(low: Lowering) -> Kernel:
    """Lower one SPLIT into equal parts; the dimension is its first input."""
    return _pieces(low, low.tensor(1), int(low.constant(0).reshape(-1)[0]))


def lower_v(low: Lowering) -> Kernel:
    """Lower one SPLIT_V into parts of any size (taken from the outputs' shapes)."""
    return _pieces(low, low.tensor(0), int(low.constant(2).reshape(-1)[0]))


def lower_unpack(low: Lowering) -> Kernel:
    """Lower one UNPACK: one output for each place along a dimension, which vanishes."""
    x, outs = low.tensor(0), _outputs(low, low.tensor(0))
    axis = _axis(low, x, int(low.op.options["axis"]))
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    if x.shape[axis] != len(outs) or any(t.shape != shape for t in outs):
        raise low.unsupported(f"{x.shape} into {len(outs)} outputs of shape {outs[0].shape}")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return tuple(np.ascontiguousarray(np.take(values[0], i, axis)).reshape(shape) for i in range(len(outs)))

    return _kernel(low, x, outs, axis, run)


def _axis(low: Lowering, x: Tensor, axis: int) -> int:
    if not -len(x.shape) <= axis < len(x.shape):
        raise low.unsupported(f"axis {axis} of {len(x.shape)} dimensions")
    return axis % len(x.shape)


def _outputs(low: Lowering, x: Tensor) -> list[Tensor]:
    outs = [low.graph.tensors[i] for i in low.op.outputs]
    for out in outs:
        if out.dtype is not x.dtype:
            raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
        if x.quantisation is not None and out.scale_zero != x.scale_zero:
            raise low.unsupported(f"output {out.name!r} with another scale or zero point than the input")
    return outs


def _pieces(low: Lowering, x: Tensor, position: int) -> Kernel:
    outs, axis = _outputs(low, x), _axis(low, x, position)
    rest = (x.shape[:axis], x.shape[axis + 1 :])
    sizes = [out.shape[axis] for out in outs if (out.shape[:axis], out.shape[axis + 1 :]) == rest]
    if len(sizes) != len(outs) or sum(sizes) != x.shape[axis]:
        raise low.unsupported(f"{x.shape} into {[t.shape for t in outs]} along dimension {axis}")
    if any(out.shape != (*x.shape[:axis], n, *x.shape[axis + 1 :]) for out, n in zip(outs, sizes, strict=True)):
        raise low.unsupported(f"{x.shape} into {[t.shape for t in outs]} along dimension {axis}")
    cuts = np.cumsum(sizes)[:-1].tolist()

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return tuple(np.ascontiguousarray(part) for part in np.split(values[0], cuts, axis))

    return _kernel(low, x, outs, axis, run)


def _kernel(low: Lowering, x: Tensor, outs: list[Tensor], axis: int, run: Run) -> Kernel:
    rows = math.prod(x.shape[:axis])
    sizes = np.array([out.nbytes // max(rows, 1) for out in outs], np.int32)
    args: dict[str, Constant] = {"rows": rows, "count": len(outs), "bytes": sizes}
    indices = tuple(out.index for out in outs)
    return Kernel(low.op.index, "split", (x.index, *indices), indices, run, args, listed="outputs")
