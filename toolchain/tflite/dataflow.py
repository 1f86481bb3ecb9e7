"""Whether a graph can be run in the order it is written: each tensor has one source, which comes before its readers.

The rest of the compiler relies on that. A file from anybody may name operators in a wrong or circular order, write a
tensor twice, or read one that nothing writes.
"""

from __future__ import annotations

from typing import Final

from toolchain.errors import ModelError
from toolchain.graph import ABSENT, Graph, Operator

_WITHOUT_OUTPUT: Final = {"ASSIGN_VARIABLE", "CALL_ONCE"}
_WITHOUT_INPUT: Final = {"CALL_ONCE", "VAR_HANDLE"}
_REMEDY: Final = "export the model again; if it runs in TensorFlow Lite, report this file"


def check_dataflow(graph: Graph) -> None:
    """Check the graph's inputs, the order of its operators, and its outputs.

    Raises:
        ModelError: names the operator and the tensor that are wrong.
    """
    _check_inputs(graph)
    known = {t.index for t in graph.tensors if t.data is not None or t.variable} | set(graph.inputs)
    later = {tensor for op in graph.operators for tensor in op.outputs}
    for op in graph.operators:
        if op.kind not in _WITHOUT_INPUT and (not op.inputs or op.inputs[0] == ABSENT):
            raise _wrong(f"{_where(op)} has no input")
        for tensor in op.inputs:
            if tensor != ABSENT and tensor not in known:
                why = "is only written afterwards" if tensor in later else "nothing writes"
                raise _wrong(f"{_where(op)} reads tensor {_named(graph, tensor)}, which {why}")
        known |= _written(graph, op, known)
    for tensor in graph.outputs:
        if tensor not in known or graph.tensors[tensor].data is not None:
            raise _wrong(f"output {_named(graph, tensor)} is not computed by any operator")


def _check_inputs(graph: Graph) -> None:
    if len(set(graph.inputs)) != len(graph.inputs):
        raise _wrong("an input of the model is named twice")
    for tensor in graph.inputs:
        if graph.tensors[tensor].data is not None or graph.tensors[tensor].variable:
            raise _wrong(f"input {_named(graph, tensor)} is a constant or a variable")


def _written(graph: Graph, op: Operator, known: set[int]) -> set[int]:
    """The tensors that `op` writes; none of them may have a value already."""
    if not op.outputs and op.kind not in _WITHOUT_OUTPUT:
        raise _wrong(f"{_where(op)} has no output")
    for place, tensor in enumerate(op.outputs):
        if tensor == ABSENT:
            raise _wrong(f"output {place} of {_where(op)} is left out")
        if tensor in op.outputs[:place]:
            raise _wrong(f"{_where(op)} writes tensor {_named(graph, tensor)} twice")
        if tensor in known and not graph.tensors[tensor].variable:
            raise _wrong(f"{_where(op)} writes tensor {_named(graph, tensor)}, which already has a value")
        if not graph.tensors[tensor].elements:
            raise _wrong(f"{_where(op)} writes tensor {_named(graph, tensor)}, which has no elements")
    return set(op.outputs)


def _where(op: Operator) -> str:
    return f"operator {op.index} ({op.kind})"


def _named(graph: Graph, tensor: int) -> str:
    return f"{tensor} ({graph.tensors[tensor].name!r})"


def _wrong(what: str) -> ModelError:
    return ModelError(
        what, expected="one source for each tensor, and operators in the order of execution", remedy=_REMEDY
    )
