"""EMBEDDING_LOOKUP in a float32 table with a QUANTIZE behind it becomes a lookup in a table quantised here.

Quantisers leave embedding tables in float32: four times the flash. QUANTIZE works element by element, so quantising the
rows before they are looked up gives the same bits. Several lookups with the same quantisation share their table.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from toolchain.graph import DType, Graph, Operator, Quantisation, Tensor
from toolchain.operators import LOWER
from toolchain.operators.base import Lowering
from toolchain.requant import Rounding

_INTEGERS = {DType.INT8, DType.INT16}


def quantise_tables(graph: Graph, rounding: Rounding, changeable: frozenset[int] = frozenset()) -> Graph:
    """Quantise what can be quantised now.

    Args:
        graph: the model.
        rounding: contract of the integer operators.
        changeable: constant tensors whose values may change later (adaptive parameters).
    """
    for op in graph.operators:
        border = _border(graph, op) if op.kind == "EMBEDDING_LOOKUP" else None
        if border is not None and graph.tensors[op.inputs[1]].data is not None and op.inputs[1] not in changeable:
            graph = _joined(graph, op, border, rounding)
    return graph


def _border(graph: Graph, op: Operator) -> Operator | None:
    """The QUANTIZE that alone reads what `op` writes, or None."""
    out = op.outputs[0]
    users = graph.consumers(out)
    if len(users) != 1 or users[0].kind != "QUANTIZE" or out in graph.outputs:
        return None
    target = graph.tensors[users[0].outputs[0]]
    known = graph.tensors[op.inputs[1]].dtype is DType.FLOAT32 and target.dtype in _INTEGERS
    return users[0] if known and graph.tensors[out].dtype is DType.FLOAT32 else None


def _joined(graph: Graph, op: Operator, border: Operator, rounding: Rounding) -> Graph:
    """The graph without `border`, with `op` reading an integer table."""
    table, target = graph.tensors[op.inputs[1]], graph.tensors[border.outputs[0]]
    wanted = replace(table, index=len(graph.tensors), dtype=target.dtype, quantisation=target.quantisation, data=None)
    wanted = replace(wanted, data=_quantised(graph, table, wanted, rounding))
    same = next((t for t in graph.tensors if _same(t, wanted)), wanted)
    tensors = graph.tensors if same is not wanted else (*graph.tensors, wanted)
    lookup = replace(op, inputs=(op.inputs[0], same.index), outputs=border.outputs)
    operators = [lookup if other is op else other for other in graph.operators if other is not border]
    return replace(graph, tensors=tensors, operators=tuple(operators))


def _quantised(graph: Graph, table: Tensor, wanted: Tensor, rounding: Rounding) -> npt.NDArray[np.generic]:
    wide = replace(graph, tensors=(*graph.tensors, wanted))
    op = Operator(0, "QUANTIZE", (table.index,), (wanted.index,), {})
    result = LOWER["QUANTIZE"](Lowering(op, wide, rounding)).run([np.asarray(table.data)])[0]
    return np.ascontiguousarray(result).reshape(table.shape)


def _same(one: Tensor, other: Tensor) -> bool:
    """Whether two constants are interchangeable."""
    if one.data is None or one.dtype is not other.dtype or one.shape != other.shape:
        return False
    return _equal(one.quantisation, other.quantisation) and np.array_equal(one.data, np.asarray(other.data))


def _equal(one: Quantisation | None, other: Quantisation | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one.scale, other.scale) and np.array_equal(one.zero_point, other.zero_point)
