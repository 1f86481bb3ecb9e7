"""Removal of channels that carry no information.

These are constant ones, whose value goes into the biases behind them, and ones that nobody reads. A channel runs from
the convolution that makes it, through operators that treat channels apart (depthwise convolution, pools, flattening),
to the convolutions or fully connected layers that mix it with others. Such a run is removed whole: where it ends, its
constant must add the same to every output (no border in the way), or its weights must be zero.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from toolchain.graph import ABSENT, DType, Graph, Operator, Quantisation, Tensor
from toolchain.passes.channel_constants import CHANNELWISE, MIXING, VARIES, Values, constant_channels, keeps_channels
from toolchain.requant import Rounding

_ROUNDS: Final = 8

Drop = dict[int, npt.NDArray[np.bool_]]
"""Tensor index to a mask of the channels that go."""


def remove_dead_channels(graph: Graph, rounding: Rounding, keep: frozenset[int]) -> Graph:
    """Remove until nothing more can go; tensors in `keep` (embedding) and the graph's outputs stay whole."""
    for _ in range(_ROUNDS):
        known = constant_channels(graph, rounding)
        drop = _removable(graph, known, keep | set(graph.outputs))
        if not any(mask.any() for mask in drop.values()):
            return graph
        graph = _without(graph, drop, known)
    return graph


def _runs(graph: Graph) -> dict[int, int]:
    """Tensor index to the first tensor of its run: the output of the operator that makes the channels."""
    first: dict[int, int] = {}
    for op in graph.operators:
        source, target = op.inputs[0], op.outputs[0]
        if op.kind in CHANNELWISE and keeps_channels(graph, op) and source in first:
            first[target] = first[source]
        elif op.kind in MIXING and keeps_channels(graph, op):
            first[target] = target
    return first


def _removable(graph: Graph, known: dict[int, Values], keep: frozenset[int]) -> Drop:
    first = _runs(graph)
    able = {head: np.ones(graph.tensors[head].shape[-1], bool) for head in set(first.values())}
    for tensor, head in first.items():
        if tensor in keep:
            able[head][:] = False
        for op in graph.consumers(tensor):
            if op.inputs[0] == tensor and op.kind in CHANNELWISE and first.get(op.outputs[0]) == head:
                continue
            able[head] &= _absorbed(graph, op, tensor, known)
    for mask in able.values():
        if mask.all():  # a tensor without channels is nothing a kernel can compute
            mask[0] = False
    return {tensor: able[head] for tensor, head in first.items()}


def _absorbed(graph: Graph, op: Operator, tensor: int, known: dict[int, Values]) -> npt.NDArray[np.bool_]:
    """Channels of `tensor` that `op` can do without."""
    channels = graph.tensors[tensor].shape[-1]
    nothing = np.zeros(channels, bool)
    if op.kind not in MIXING or op.inputs[0] != tensor or not keeps_channels(graph, op):
        return nothing
    weights = graph.tensors[op.inputs[1]].data
    if weights is None or weights.shape[-1] != channels:
        return nothing
    unread = np.all(weights.reshape(-1, channels) == 0, axis=0)
    values = known.get(tensor, np.full(channels, VARIES))
    _, zero = graph.tensors[tensor].scale_zero
    bordered = op.kind == "CONV_2D" and _has_border(graph, op)
    absorbed: npt.NDArray[np.bool_] = unread | (values == zero) | ((values != VARIES) & (not bordered))
    return absorbed


def _has_border(graph: Graph, op: Operator) -> bool:
    """Whether some window of the convolution leaves the image."""
    if "explicit_pad" in op.options:
        return True
    if op.options["padding"] == "VALID":
        return False
    return bool(graph.tensors[op.inputs[1]].shape[1:3] != (1, 1))


def _without(graph: Graph, drop: Drop, known: dict[int, Values]) -> Graph:
    """The graph without the dropped channels."""
    tensors = list(graph.tensors)
    for index, mask in drop.items():
        tensors[index] = _sliced(tensors[index], mask, len(tensors[index].shape) - 1)
    touched = MIXING | {"DEPTHWISE_CONV_2D"}
    operators = [
        _rewrite(graph, op, drop, known, tensors)
        if op.kind in touched and (op.inputs[0] in drop or op.outputs[0] in drop)
        else op
        for op in graph.operators
    ]
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _rewrite(graph: Graph, op: Operator, drop: Drop, known: dict[int, Values], tensors: list[Tensor]) -> Operator:
    """One convolution or fully connected layer with smaller weights; new constants are appended to `tensors`."""
    x, weights = graph.tensors[op.inputs[0]], graph.tensors[op.inputs[1]]
    gone_in = drop.get(x.index, np.zeros(x.shape[-1], bool))
    out_channels = graph.tensors[op.outputs[0]].shape[-1]
    gone_out = drop.get(op.outputs[0], np.zeros(out_channels, bool))
    bias = _bias(graph, op, out_channels)
    mixing = op.kind in MIXING
    if mixing:
        bias = bias + _constant_part(weights, x, gone_in, known)
        weights = _sliced(weights, gone_in, len(weights.shape) - 1, scales=False)
    weights = _sliced(weights, gone_out, 0 if mixing else len(weights.shape) - 1)
    bias_index = op.inputs[2] if len(op.inputs) > 2 else ABSENT  # noqa: PLR2004
    was = graph.tensors[bias_index] if bias_index != ABSENT else None
    quantisation = None if was is None else _sliced_quantisation(was.quantisation, gone_out)
    kept = bias[~gone_out].astype(np.int32)
    added = [
        replace(weights, index=len(tensors)),
        Tensor(len(tensors) + 1, f"bias of {op.index}", kept.shape, DType.INT32, quantisation, kept),
    ]
    tensors += added
    return replace(op, inputs=(op.inputs[0], added[0].index, added[1].index))


def _bias(graph: Graph, op: Operator, channels: int) -> npt.NDArray[np.int64]:
    if len(op.inputs) > 2 and op.inputs[2] != ABSENT:  # noqa: PLR2004
        data = graph.tensors[op.inputs[2]].data
        if data is not None:
            return data.astype(np.int64).reshape(-1)
    return np.zeros(channels, np.int64)


def _constant_part(
    weights: Tensor, x: Tensor, gone: npt.NDArray[np.bool_], known: dict[int, Values]
) -> npt.NDArray[np.int64]:
    """What the dropped channels add to each output, int64 [out]."""
    values = known.get(x.index, np.full(gone.size, VARIES))
    _, zero = x.scale_zero
    offset = np.where(gone & (values != VARIES), values - zero, 0)
    rows = np.asarray(weights.data, np.int64).reshape(weights.shape[0], -1, gone.size)
    part: npt.NDArray[np.int64] = (rows * offset).sum(axis=(1, 2))
    return part


def _sliced(tensor: Tensor, gone: npt.NDArray[np.bool_], axis: int, *, scales: bool = True) -> Tensor:
    """The tensor without the places in `gone` along `axis`, its per-channel scales likewise."""
    shape = tuple(int((~gone).sum()) if a == axis else n for a, n in enumerate(tensor.shape))
    data = None if tensor.data is None else np.ascontiguousarray(np.compress(~gone, tensor.data, axis=axis))
    quantisation = _sliced_quantisation(tensor.quantisation, gone) if scales else tensor.quantisation
    return replace(tensor, shape=shape, data=data, quantisation=quantisation)


def _sliced_quantisation(quantisation: Quantisation | None, gone: npt.NDArray[np.bool_]) -> Quantisation | None:
    if quantisation is None or quantisation.scale.size != gone.size or gone.size == 1:
        return quantisation
    return replace(quantisation, scale=quantisation.scale[~gone], zero_point=quantisation.zero_point[~gone])
