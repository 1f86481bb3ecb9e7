"""Operators whose inputs are all constant run once, here, in the NumPy reference, and their results become constants.

So do SHAPE, RANK and ZEROS_LIKE, which only ask for a shape. An operator that writes an output of the graph stays: an
output has to be written at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.graph import Graph, Operator
from toolchain.operators import LOWER
from toolchain.operators.base import Lowering
from toolchain.operators.guard import guarded
from toolchain.passes.constant_integers import integer_result
from toolchain.requant import Rounding

_SHAPE_ONLY: Final = {"SHAPE", "RANK", "ZEROS_LIKE"}
_NEVER: Final = {"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"}


def fold_constants(graph: Graph, rounding: Rounding, changeable: frozenset[int] = frozenset()) -> Graph:
    """Run what can be run now.

    Operators that the compiler does not know, or not in this form, are left for `lower_graph` to report.

    Args:
        graph: the model.
        rounding: contract of the integer operators.
        changeable: constant tensors whose values may change later (adaptive parameters).
    """
    for op in graph.operators:
        if _foldable(graph, op, changeable):
            values = _run(graph, op, rounding)
            if values is not None:
                graph = _without(graph, op, values)
    return graph


def _foldable(graph: Graph, op: Operator, changeable: frozenset[int]) -> bool:
    if op.kind in _NEVER or any(out in graph.outputs for out in op.outputs):
        return False
    if op.kind in _SHAPE_ONLY:
        return True
    inputs = [graph.tensors[i] for i in op.inputs if i >= 0]
    return all(t.data is not None and not t.variable and t.index not in changeable for t in inputs)


def _run(graph: Graph, op: Operator, rounding: Rounding) -> Mapping[int, npt.NDArray[Any]] | None:
    """Values of the outputs, or None if this form of the operator cannot be compiled."""
    whole = integer_result(graph, op)
    if whole is not None and whole.shape == graph.tensors[op.outputs[0]].shape:
        return {op.outputs[0]: whole}
    if op.kind not in LOWER:
        return None
    try:
        kernel = guarded(LOWER[op.kind], Lowering(op, graph, rounding))
    except ModelError:
        return None
    if kernel.states:
        return None
    absent = np.empty(0)
    data = [graph.tensors[i].data if i >= 0 else absent for i in kernel.inputs]
    results = kernel.run([absent if d is None else d for d in data])
    return dict(zip(kernel.outputs, results, strict=True))


def _without(graph: Graph, op: Operator, values: Mapping[int, npt.NDArray[Any]]) -> Graph:
    """The graph without `op`, with its outputs as constants."""
    tensors = tuple(
        replace(t, data=np.ascontiguousarray(values[t.index]).reshape(t.shape)) if t.index in values else t
        for t in graph.tensors
    )
    return replace(graph, tensors=tensors, operators=tuple(other for other in graph.operators if other is not op))
