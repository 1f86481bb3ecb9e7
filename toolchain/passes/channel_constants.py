"""Which channels of which int8 tensors always hold one value, whatever the input is.

Sound by construction: an output channel is looked at only where it cannot depend on a channel that varies, and its
value is what the reference kernel computes when the constant channels are filled in; it counts as constant only if that
is one value at every place (a border may spoil it).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.graph import DType, Graph, Operator
from toolchain.operators import LOWER
from toolchain.operators.base import Lowering
from toolchain.requant import Rounding

VARIES: Final = 1 << 20
"""Marks a channel that is not constant."""
CHANNELWISE: Final = {"DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN", "RESHAPE"}
_LARGEST_RUN: Final = 1 << 25
"""Operators with more multiplications or elements than this are not run at compile time."""
MIXING: Final = {"CONV_2D", "FULLY_CONNECTED"}

Values = npt.NDArray[np.int64]


def constant_channels(graph: Graph, rounding: Rounding) -> dict[int, Values]:
    """Tensor index to the value of each channel of its last dimension, or VARIES; int8 activations only."""
    known: dict[int, Values] = {}
    for op in graph.operators:
        if op.kind in CHANNELWISE | MIXING and keeps_channels(graph, op):
            known[op.outputs[0]] = _outputs(graph, op, known, rounding)
    return known


def keeps_channels(graph: Graph, op: Operator) -> bool:
    """Whether the operator is int8 and its channels are the last dimension of input and output."""
    x, out = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype is not DType.INT8 or out.dtype is not DType.INT8 or not x.shape or not out.shape:
        return False
    if op.kind == "DEPTHWISE_CONV_2D":
        return x.shape[-1] == out.shape[-1]
    if op.kind == "RESHAPE":
        return x.shape[-1] == out.shape[-1] == x.elements
    if op.kind == "MEAN":
        axes = graph.tensors[op.inputs[1]].data
        return axes is not None and bool(np.all(axes % len(x.shape) != len(x.shape) - 1))
    if op.kind == "FULLY_CONNECTED":
        return graph.tensors[op.inputs[1]].data is not None and x.elements == x.shape[-1]
    return op.kind != "CONV_2D" or graph.tensors[op.inputs[1]].data is not None


def _outputs(graph: Graph, op: Operator, known: dict[int, Values], rounding: Rounding) -> Values:
    x, out = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    before = known.get(x.index, np.full(x.shape[-1], VARIES))
    varies = before == VARIES
    depends = _depends(graph, op, varies)
    filled = np.broadcast_to(np.where(varies, 0, before), x.shape).astype(np.int8)
    kernel = LOWER[op.kind](Lowering(op, graph, rounding))
    if depends.all() or max(kernel.macs, x.elements, out.elements) > _LARGEST_RUN:
        return np.full(out.shape[-1], VARIES)
    (result,) = kernel.run([filled, *(_data(graph, i) for i in kernel.inputs[1:])])
    flat = result.reshape(-1, out.shape[-1])
    steady = np.all(flat == flat[0], axis=0) & ~depends
    return np.where(steady, flat[0].astype(np.int64), VARIES)


def _data(graph: Graph, index: int) -> npt.NDArray[Any]:
    data = graph.tensors[index].data
    return np.empty(0) if data is None else data


def _depends(graph: Graph, op: Operator, varies: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Output channels that see an input channel that varies through a weight that is not zero."""
    if op.kind in MIXING:
        weights = _data(graph, op.inputs[1])
        return np.asarray(weights.reshape(len(weights), -1, varies.size)[:, :, varies].any(axis=(1, 2)))
    if op.kind == "DEPTHWISE_CONV_2D":
        return varies & np.asarray(_data(graph, op.inputs[1]).reshape(-1, varies.size).any(axis=0))
    return varies
