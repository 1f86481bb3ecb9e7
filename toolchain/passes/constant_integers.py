"""Integer arithmetic on constants: what shape and index computations consist of. There are no kernels for it.

Converters write `x[:, idx]` or a reflecting pad as LESS, ADD, SELECT and CONCATENATION of constant indices, which only
matter until they are folded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from toolchain.graph import DType, Graph, Operator
from toolchain.operators.base import Array

_INTEGERS: Final = {DType.INT32, DType.INT64}
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "ABS": np.abs,
    "ADD": np.add,
    "FLOOR_DIV": np.floor_divide,
    "FLOOR_MOD": np.mod,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "MUL": np.multiply,
    "NEG": np.negative,
    "SUB": np.subtract,
}


def integer_result(graph: Graph, op: Operator) -> Array | None:
    """The result of plain integer arithmetic on constants, wrapping as C does; None if `op` is something else.

    Quantised tensors are not plain, fused activations and divisions by zero are left alone.
    """
    tensors = [graph.tensors[i] for i in (*op.inputs, *op.outputs) if i >= 0]
    if op.kind not in _FUNCTIONS or len({t.dtype for t in tensors}) != 1 or tensors[0].dtype not in _INTEGERS:
        return None
    data = [t.data for t in tensors[:-1]]
    if any(d is None for d in data) or any(t.quantisation is not None for t in tensors):
        return None
    if op.options.get("activation", "NONE") != "NONE" or (op.kind.startswith("FLOOR") and not np.all(data[-1])):
        return None
    with np.errstate(all="ignore"):
        return np.asarray(_FUNCTIONS[op.kind](*data), tensors[0].dtype.numpy)
