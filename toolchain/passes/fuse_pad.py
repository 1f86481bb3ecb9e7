"""A PAD with the value that a convolution pads with anyway becomes part of the convolution's window."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from toolchain.graph import DType, Graph, Operator, Tensor

_CONVOLUTIONS: Final = {"CONV_2D", "DEPTHWISE_CONV_2D"}
_RANK: Final = 4


def fuse_pad(graph: Graph) -> Graph:
    """Remove every PAD that only feeds one convolution with VALID padding and pads height and width with zero."""
    margins = {op.outputs[0]: found for op in graph.operators if (found := _margins(graph, op)) is not None}
    operators = []
    for op in graph.operators:
        if op.outputs[0] in margins:
            continue
        if op.kind in _CONVOLUTIONS and op.inputs[0] in margins:
            source, before = margins[op.inputs[0]]
            operators.append(
                replace(op, inputs=(source, *op.inputs[1:]), options={**op.options, "explicit_pad": before})
            )
        else:
            operators.append(op)
    return replace(graph, operators=tuple(operators))


def _margins(graph: Graph, op: Operator) -> tuple[int, tuple[int, int]] | None:
    """Source tensor and (rows, columns) before it, if this PAD can go."""
    if op.kind != "PAD" or op.outputs[0] in graph.outputs:
        return None
    source, padded = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    users = graph.consumers(padded.index)
    amounts = graph.tensors[op.inputs[1]].data
    if len(users) != 1 or users[0].kind not in _CONVOLUTIONS or users[0].options["padding"] != "VALID":
        return None
    if amounts is None or amounts.shape != (_RANK, 2) or np.any(amounts[[0, 3]]) or np.any(amounts < 0):
        return None
    if users[0].inputs[0] != padded.index or not _same_zero(source, padded):
        return None
    return source.index, (int(amounts[1, 0]), int(amounts[2, 0]))


def _same_zero(source: Tensor, padded: Tensor) -> bool:
    if source.dtype is DType.FLOAT32:
        return True
    if source.quantisation is None or padded.quantisation is None:
        return False
    return source.scale_zero == padded.scale_zero
