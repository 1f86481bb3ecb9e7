"""From the bytes of a .tflite file to a `Graph`.

The first subgraph is the model; of the others only those are read that it runs once, to set its variables. Everything is checked here once, so that what `read_model` returned
has legal indices, shapes and buffer sizes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.graph import ABSENT, DType, Graph, Operator, Quantisation, Tensor
from toolchain.tflite.flatbuffer import Table
from toolchain.tflite.schema import ACTIVATIONS, ELEMENT_NAMES, ELEMENT_TYPES, OPERATORS, OPTIONS, PADDINGS, Field

_MODEL: Final = {"codes": 1, "subgraphs": 2, "buffers": 4}
_CODE: Final = {"deprecated": 0, "custom": 1, "builtin": 3}
_SUBGRAPH: Final = {"tensors": 0, "inputs": 1, "outputs": 2, "operators": 3}
_TENSOR: Final = {"shape": 0, "type": 1, "buffer": 2, "name": 3, "quantisation": 4, "variable": 5}
_QUANTISATION: Final = {"scale": 2, "zero_point": 3, "axis": 6}
_OPERATOR: Final = {"code": 0, "inputs": 1, "outputs": 2, "options": 4}
_BUFFER_DATA: Final = 0
MAX_ELEMENTS: Final = 1 << 28
MAX_RANK: Final = 8
MAX_INITIALISERS: Final = 8


def read_model(data: bytes, name: str = "model") -> Graph:
    """Read a .tflite file.

    Args:
        data: the file's bytes.
        name: name of the resulting graph.

    Raises:
        ModelError: not a .tflite file, corrupt, or with element types that no operator here knows.
    """
    root = Table.root(data, b"TFL3")
    subgraphs = root.tables(_MODEL["subgraphs"])
    if not subgraphs:
        raise ModelError("the .tflite file holds no graph", expected="one subgraph")
    buffers = [table.numbers(_BUFFER_DATA, "uint8") for table in root.tables(_MODEL["buffers"])]
    codes = [_kind(table) for table in root.tables(_MODEL["codes"])]
    graph = _graph(subgraphs[0], name, buffers, codes)
    if not graph.outputs or ABSENT in graph.inputs + graph.outputs:
        raise ModelError("the .tflite file names no output", expected="at least one output tensor")
    once = sorted({int(op.options["init_subgraph"]) for op in graph.operators if op.kind == "CALL_ONCE"})
    if once and (once[0] < 1 or once[-1] >= len(subgraphs) or len(once) > MAX_INITIALISERS):
        raise ModelError(
            "CALL_ONCE names graphs that cannot be run",
            expected=f"at most {MAX_INITIALISERS} of the graphs 1 to {len(subgraphs) - 1}",
            received=str(once[:MAX_INITIALISERS]),
        )
    initialisers = {i: _graph(subgraphs[i], f"{name}_{i}", buffers, codes) for i in once}
    return replace(graph, initialisers=initialisers)


def _graph(table: Table, name: str, buffers: list[npt.NDArray[np.uint8]], codes: list[str]) -> Graph:
    tensors = tuple(_tensor(i, entry, buffers) for i, entry in enumerate(table.tables(_SUBGRAPH["tensors"])))
    operators = tuple(
        _operator(i, entry, codes, len(tensors)) for i, entry in enumerate(table.tables(_SUBGRAPH["operators"]))
    )
    inputs = _indices(table.numbers(_SUBGRAPH["inputs"], "int32"), len(tensors), "the graph's inputs")
    outputs = _indices(table.numbers(_SUBGRAPH["outputs"], "int32"), len(tensors), "the graph's outputs")
    return Graph(name, tensors, operators, inputs, outputs)


def _kind(table: Table) -> str:
    deprecated = table.scalar(_CODE["deprecated"], "int8")
    code = max(int(deprecated), int(table.scalar(_CODE["builtin"], "int32")))
    kind = OPERATORS.get(code, f"BUILTIN_{code}")
    return f"CUSTOM:{table.string(_CODE['custom'])}" if kind == "CUSTOM" else kind


def _indices(values: npt.NDArray[Any], count: int, where: str) -> tuple[int, ...]:
    if values.size and (values.min() < ABSENT or values.max() >= count):
        raise ModelError(
            f"{where} name a tensor that does not exist",
            expected=f"indices below {count}",
            received=str(values.tolist()),
        )
    return tuple(int(v) for v in values)


def _shape(values: npt.NDArray[Any], name: str) -> tuple[int, ...]:
    shape = tuple(int(v) for v in values)
    if len(shape) > MAX_RANK or any(n < 0 for n in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise ModelError(
            f"tensor {name!r} has an impossible shape",
            expected=f"at most {MAX_RANK} dimensions, {MAX_ELEMENTS} elements, none negative",
            received=str(shape),
            remedy="export the model with static shapes",
        )
    return shape


def _tensor(index: int, table: Table, buffers: list[npt.NDArray[np.uint8]]) -> Tensor:
    name = table.string(_TENSOR["name"])
    shape = _shape(table.numbers(_TENSOR["shape"], "int32"), name)
    code = int(table.scalar(_TENSOR["type"], "int8"))
    dtype = ELEMENT_TYPES.get(code)
    if dtype is None:
        raise ModelError(
            f"tensor {name!r} has elements of type {ELEMENT_NAMES.get(code, code)}",
            expected=", ".join(t.value for t in DType),
            remedy="convert the model to int8 or float32",
        )
    buffer = int(table.scalar(_TENSOR["buffer"], "uint32"))
    if buffer >= len(buffers):
        raise ModelError(f"tensor {name!r} names a buffer that does not exist", received=str(buffer))
    data = _values(buffers[buffer], shape, dtype, name)
    variable = bool(table.scalar(_TENSOR["variable"], "bool", default=False))
    if variable and data is not None:
        raise ModelError(f"tensor {name!r} is variable and constant at once", expected="a variable without a buffer")
    return Tensor(index, name, shape, dtype, _quantisation(table.table(_TENSOR["quantisation"]), name), data, variable)


def _values(raw: npt.NDArray[np.uint8], shape: tuple[int, ...], dtype: DType, name: str) -> npt.NDArray[Any] | None:
    if not raw.size:
        return None
    expected = math.prod(shape) * dtype.itemsize
    if raw.size != expected:
        raise ModelError(
            f"the values of tensor {name!r} do not fill its shape {shape}",
            expected=f"{expected} bytes",
            received=f"{raw.size} bytes",
        )
    return np.frombuffer(raw.tobytes(), dtype.numpy.newbyteorder("<")).astype(dtype.numpy).reshape(shape)


def _quantisation(table: Table | None, name: str) -> Quantisation | None:
    if table is None:
        return None
    scale = table.numbers(_QUANTISATION["scale"], "float32").astype(np.float32)
    zero_point = table.numbers(_QUANTISATION["zero_point"], "int64").astype(np.int64)
    if not scale.size:
        return None
    if zero_point.size == 0:
        zero_point = np.zeros(scale.size, np.int64)
    if zero_point.size == 1 and scale.size > 1:
        zero_point = np.repeat(zero_point, scale.size)
    if zero_point.size != scale.size or not np.all(np.isfinite(scale)) or np.any(scale < 0):
        raise ModelError(
            f"the quantisation of tensor {name!r} makes no sense",
            expected="as many zero points as scales, all scales finite and not negative",
            received=f"{scale.size} scales, {zero_point.size} zero points",
        )
    return Quantisation(scale, zero_point, int(table.scalar(_QUANTISATION["axis"], "int32")))


def _operator(index: int, table: Table, codes: list[str], tensors: int) -> Operator:
    code = int(table.scalar(_OPERATOR["code"], "uint32"))
    if code >= len(codes):
        raise ModelError(f"operator {index} has a code that does not exist", received=str(code))
    kind = codes[code]
    where = f"operator {index} ({kind})"
    inputs = _indices(table.numbers(_OPERATOR["inputs"], "int32"), tensors, f"the inputs of {where}")
    outputs = _indices(table.numbers(_OPERATOR["outputs"], "int32"), tensors, f"the outputs of {where}")
    options = table.table(_OPERATOR["options"])
    return Operator(index, kind, inputs, outputs, {f[0]: _option(options, f, where) for f in OPTIONS.get(kind, ())})


def _option(table: Table | None, field: Field, where: str) -> Any:
    name, slot, kind, default = field
    names = {"activation": ACTIVATIONS, "padding": PADDINGS}.get(kind)
    if names is None:
        if kind == "string":
            return table.string(slot) if table else default
        return table.scalar(slot, kind, default) if table else default
    code = int(table.scalar(slot, "int8", default)) if table else int(default)
    if not 0 <= code < len(names):
        raise ModelError(f"{where} has an unknown {name}", expected=", ".join(names), received=str(code))
    return names[code]
