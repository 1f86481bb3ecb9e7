"""CONCATENATION and PACK: any number of inputs, row by row, into one output. Any element type.

Quantised inputs must share the output's scale and zero point, as TFLite Micro demands: nothing is requantised here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from toolchain.graph import Tensor
from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run


def lower(low: Lowering) -> Kernel:
    """Lower one CONCATENATION."""
    if low.op.options["activation"] != "NONE":
        raise low.unsupported(f"fused activation {low.op.options['activation']}")
    tensors = _inputs(low)
    axis = _axis(low, len(low.output.shape))
    rest = [(t.shape[:axis], t.shape[axis + 1 :]) for t in tensors if len(t.shape) > axis]
    if rest != [(low.output.shape[:axis], low.output.shape[axis + 1 :])] * len(tensors):
        raise low.unsupported(f"inputs of shapes {[t.shape for t in tensors]} along dimension {axis}")

    low.expect_elements(sum(t.elements for t in tensors))
    total = sum(t.shape[axis] for t in tensors)
    low.expect_output((*low.output.shape[:axis], total, *low.output.shape[axis + 1 :]))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.concatenate(list(values), axis),)

    return _kernel(low, tensors, [math.prod(t.shape[axis:]) for t in tensors], run)


def lower_pack(low: Lowering) -> Kernel:
    """Lower one PACK: a new dimension that counts the inputs."""
    tensors = _inputs(low)
    axis = _axis(low, len(low.output.shape))
    shape = low.output.shape[:axis] + low.output.shape[axis + 1 :]
    if any(t.shape != shape for t in tensors) or low.output.shape[axis] != len(tensors):
        raise low.unsupported(f"{len(tensors)} inputs of shape {tensors[0].shape} to {low.output.shape}")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.stack(list(values), axis),)

    return _kernel(low, tensors, [math.prod(shape[axis:])] * len(tensors), run)


def _axis(low: Lowering, rank: int) -> int:
    axis = int(low.op.options["axis"])
    if not -rank <= axis < rank:
        raise low.unsupported(f"axis {axis} of {rank} dimensions")
    return axis % rank


def _inputs(low: Lowering) -> list[Tensor]:
    tensors = [low.tensor(i) for i in range(len(low.op.inputs))]
    for tensor in tensors:
        if tensor.dtype is not low.output.dtype:
            raise low.unsupported(f"{tensor.dtype.value} to {low.output.dtype.value}")
        if low.output.quantisation is not None and tensor.scale_zero != low.output.scale_zero:
            raise low.unsupported(f"input {tensor.name!r} with another scale or zero point than the output")
    return tensors


def _kernel(low: Lowering, tensors: list[Tensor], lengths: list[int], run: Run) -> Kernel:
    """`lengths`: elements that each input adds to one row of the output."""
    out = low.output
    sizes = np.array([n * out.dtype.itemsize for n in lengths], np.int32)
    rows = out.nbytes // int(sizes.sum()) if sizes.sum() else 0
    args: dict[str, Constant] = {"rows": rows, "count": len(tensors), "bytes": sizes}
    operands = (*(t.index for t in tensors), out.index)
    return Kernel(low.op.index, "concatenate", operands, (out.index,), run, args, listed="inputs")
