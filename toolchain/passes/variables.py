"""Variables become tensors that keep their values: the rest of the compiler sees no handles.

VAR_HANDLE and CALL_ONCE go. READ_VARIABLE reads, and ASSIGN_VARIABLE writes, the variable itself, which takes the place
(the tensor index) of its first handle. What a variable holds before the first inference is computed here: the values
that the graph behind CALL_ONCE assigns, or else every byte the zero point (TFLM's MicroResourceVariables).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.graph import DType, Graph, Operator, Tensor
from toolchain.operators import lower_graph
from toolchain.requant import Rounding

Array = npt.NDArray[Any]
Key = tuple[str, str]
"""A variable's name: container and shared name."""

_HANDLES: Final = {"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"}


def resolve_variables(graph: Graph) -> Graph:
    """Replace handles by variable tensors; a graph without them comes back as it is.

    Raises:
        ModelError: variables are used in a way that has no fixed meaning before the model runs.
    """
    for op in graph.operators:
        if any(tensor >= 0 and graph.tensors[tensor].variable for tensor in op.outputs):
            raise ModelError(f"operator {op.index} ({op.kind}) writes a variable", expected="ASSIGN_VARIABLE for that")
    if not any(op.kind in _HANDLES or op.kind == "CALL_ONCE" for op in graph.operators):
        return graph
    keys = _keys(graph)
    _check(graph, keys)
    initial: dict[Key, Array] = {}
    for op in graph.operators:
        if op.kind == "CALL_ONCE":
            initial |= _assigned(graph.initialisers[int(op.options["init_subgraph"])])
    places: dict[Key, int] = {}
    for handle, key in keys.items():
        places.setdefault(key, handle)
    tensors = list(graph.tensors)
    for key, place in places.items():
        tensors[place] = _variable(graph, keys, key, place, initial.get(key))
    operators = [
        _on_variable(op, {handle: places[key] for handle, key in keys.items()})
        for op in graph.operators
        if op.kind not in {"VAR_HANDLE", "CALL_ONCE"}
    ]
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators), initialisers={})


def _keys(graph: Graph) -> dict[int, Key]:
    """Tensor index of each handle to the variable's name."""
    return {
        op.outputs[0]: (str(op.options["container"]), str(op.options["shared_name"]))
        for op in graph.operators
        if op.kind == "VAR_HANDLE" and op.outputs
    }


def _check(graph: Graph, keys: Mapping[int, Key]) -> None:
    """Handles go to READ_VARIABLE and ASSIGN_VARIABLE only, and variables are set before they are used."""
    used = False
    for op in graph.operators:
        if op.kind == "CALL_ONCE" and used:
            raise ModelError(
                f"operator {op.index} (CALL_ONCE) sets variables that were used before it",
                remedy="export the model so that its variables are initialised first",
            )
        known = op.kind in {"READ_VARIABLE", "ASSIGN_VARIABLE"}
        used |= known
        shaped = not known or (len(op.inputs), len(op.outputs)) == ((1, 1) if op.kind == "READ_VARIABLE" else (2, 0))
        plain = op.inputs[1:] if known else op.inputs
        if not shaped or (known and op.inputs[0] not in keys) or any(_is_handle(graph, i) for i in plain):
            raise ModelError(
                f"operator {op.index} ({op.kind}) uses a variable in a way that is not known",
                expected="handles from VAR_HANDLE, read by READ_VARIABLE or written by ASSIGN_VARIABLE",
            )
    if any(_is_handle(graph, i) for i in (*graph.inputs, *graph.outputs)):
        raise ModelError("an input or output of the model is a handle", expected="tensors with values")


def _is_handle(graph: Graph, tensor: int) -> bool:
    return tensor >= 0 and graph.tensors[tensor].dtype is DType.RESOURCE


def _variable(graph: Graph, keys: Mapping[int, Key], key: Key, place: int, initial: Array | None) -> Tensor:
    """The variable `key` as a tensor: shaped and quantised like what is written to it, or read from it."""
    uses = [op for op in graph.operators if op.kind in _HANDLES and op.inputs and keys.get(op.inputs[0]) == key]
    written = [graph.tensors[op.inputs[1]] for op in uses if op.kind == "ASSIGN_VARIABLE"]
    read = [graph.tensors[op.outputs[0]] for op in uses if op.kind == "READ_VARIABLE"]
    like = next(iter((*written, *read)), None)
    if like is None:
        return graph.tensors[place]
    sizes = {(t.dtype, t.elements) for t in (*written, *read)}
    if initial is not None:
        sizes.add((DType(initial.dtype.name), initial.size))
    if len(sizes) > 1:
        raise ModelError(
            f"variable {key[1]!r} changes its type or size",
            expected=f"{like.dtype.value} with {like.elements} elements everywhere",
            received=", ".join(sorted(f"{dtype.value} with {elements}" for dtype, elements in sizes)),
        )
    if initial is None:
        initial = _default(like)
    return replace(like, index=place, name=key[1], data=None, variable=True, initial=initial.reshape(like.shape))


def _default(like: Tensor) -> Array:
    """Every byte the zero point, as a signed byte, whatever the type."""
    zero = 0 if like.quantisation is None else int(like.quantisation.zero_point[0])
    filled: Array = np.full(like.nbytes, zero & 0xFF, np.uint8).view(like.dtype.numpy)
    return filled


def _on_variable(op: Operator, places: Mapping[int, int]) -> Operator:
    if op.kind == "READ_VARIABLE":
        return replace(op, inputs=(places[op.inputs[0]],))
    if op.kind == "ASSIGN_VARIABLE":
        return replace(op, inputs=(op.inputs[1],), outputs=(places[op.inputs[0]],))
    return op


def _assigned(graph: Graph) -> dict[Key, Array]:
    """Run a graph that CALL_ONCE names: what it leaves in each variable.

    Raises:
        ModelError: it depends on anything but constants.
    """
    keys = _keys(graph)
    _check(graph, keys)
    values = {t.index: t.data for t in graph.tensors if t.data is not None}
    variables: dict[Key, Array] = {}
    for op in graph.operators:
        if op.kind == "VAR_HANDLE":
            continue
        needed = [i for i in op.inputs if i >= 0 and i not in keys and i not in values]
        if needed or (op.kind == "READ_VARIABLE" and keys[op.inputs[0]] not in variables) or op.kind == "CALL_ONCE":
            raise ModelError(
                f"operator {op.index} ({op.kind}) of the graph that sets the variables needs what is not known yet",
                expected="initial values that follow from constants",
            )
        if op.kind == "ASSIGN_VARIABLE":
            variables[keys[op.inputs[0]]] = values[op.inputs[1]]
        elif op.kind == "READ_VARIABLE":
            values[op.outputs[0]] = variables[keys[op.inputs[0]]]
        else:
            (kernel,) = lower_graph(replace(graph, operators=(op,)), Rounding.TFLM)
            results = kernel.run([values[i] if i >= 0 else np.empty(0) for i in kernel.inputs])
            values |= dict(zip(kernel.outputs, results, strict=True))
    return variables
