"""From the bytes of a .tflite file to a `Graph`.

The first subgraph is the model; of the others only those are read that it runs once, to set its variables. Everything
is checked here once, so that what `read_model` returned has legal indices, shapes, quantisation and buffer sizes, and
operators in an order in which they can run. What a file unfolds to is bounded by a budget: the same bytes may stand
for any number of tensors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.graph import ABSENT, DType, Graph, Operator, Quantisation, Tensor
from toolchain.tflite.dataflow import check_dataflow
from toolchain.tflite.flatbuffer import Table
from toolchain.tflite.schema import ACTIVATIONS, ELEMENT_NAMES, ELEMENT_TYPES, OPERATORS, OPTIONS, PADDINGS, Field

_MODEL: Final = {"codes": 1, "subgraphs": 2, "buffers": 4}
_CODE: Final = {"deprecated": 0, "custom": 1, "builtin": 3}
_SUBGRAPH: Final = {"tensors": 0, "inputs": 1, "outputs": 2, "operators": 3}
_TENSOR: Final = {"shape": 0, "type": 1, "buffer": 2, "name": 3, "quantisation": 4, "variable": 5}
_QUANTISATION: Final = {"scale": 2, "zero_point": 3, "axis": 6}
_OPERATOR: Final = {"code": 0, "inputs": 1, "outputs": 2, "options": 4}
_BUFFER_DATA: Final = 0
MAX_ELEMENTS: Final = 1 << 26
MAX_RANK: Final = 8
MAX_INITIALISERS: Final = 8
MAX_OPERATORS: Final = 1 << 13
MAX_TENSORS: Final = 1 << 15
MAX_UNFOLDED_BYTES: Final = 1 << 28
_MAX_NAME_BYTES: Final = 512
_ENTRY_BYTES: Final = 16
_LISTED: Final = 20


@dataclass
class _Budget:
    """Bytes that a file may still unfold to."""

    left: int = MAX_UNFOLDED_BYTES

    def spend(self, amount: int) -> None:
        """Take `amount` bytes from it.

        Raises:
            ModelError: that is more than is left.
        """
        self.left -= amount
        if self.left < 0:
            raise ModelError(
                "the .tflite file unfolds to too much",
                expected=f"at most {MAX_UNFOLDED_BYTES:,} bytes of constants, names and indices",
                remedy="a model of this size does not fit any microcontroller; make it smaller",
            )


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
    buffers = [table.numbers(_BUFFER_DATA, "uint8") for table in _few(root, _MODEL["buffers"], MAX_TENSORS, "buffers")]
    codes = [_kind(table) for table in _few(root, _MODEL["codes"], MAX_OPERATORS, "operator codes")]
    budget = _Budget()
    graph = _graph(subgraphs[0], name, buffers, codes, budget)
    if not graph.inputs or not graph.outputs:
        missing = "output" if graph.inputs else "input"
        raise ModelError(f"the .tflite file names no {missing}", expected="at least one input and one output tensor")
    once = sorted({int(op.options["init_subgraph"]) for op in graph.operators if op.kind == "CALL_ONCE"})
    if once and (once[0] < 1 or once[-1] >= len(subgraphs) or len(once) > MAX_INITIALISERS):
        raise ModelError(
            "CALL_ONCE names graphs that cannot be run",
            expected=f"at most {MAX_INITIALISERS} of the graphs 1 to {len(subgraphs) - 1}",
            received=str(once[:MAX_INITIALISERS]),
        )
    initialisers = {i: _graph(subgraphs[i], f"{name}_{i}", buffers, codes, budget) for i in once}
    return replace(graph, initialisers=initialisers)


def _few(table: Table, slot: int, most: int, what: str) -> list[Table]:
    """A vector of tables that is not longer than `most`."""
    _, count = table.span(slot, 4)
    if count > most:
        raise ModelError(f"the .tflite file holds too many {what}", expected=f"at most {most}", received=str(count))
    return table.tables(slot)


def _graph(table: Table, name: str, buffers: list[npt.NDArray[np.uint8]], codes: list[str], budget: _Budget) -> Graph:
    entries = _few(table, _SUBGRAPH["tensors"], MAX_TENSORS, "tensors")
    steps = _few(table, _SUBGRAPH["operators"], MAX_OPERATORS, "operators")
    operators = tuple(_operator(i, entry, codes, len(entries), budget) for i, entry in enumerate(steps))
    _check_types(entries, operators)
    tensors = tuple(_tensor(i, entry, buffers, budget) for i, entry in enumerate(entries))
    inputs = _indices(table.numbers(_SUBGRAPH["inputs"], "int32"), len(tensors), "the graph's inputs", budget)
    outputs = _indices(table.numbers(_SUBGRAPH["outputs"], "int32"), len(tensors), "the graph's outputs", budget)
    if ABSENT in inputs + outputs:
        raise ModelError("an input or output of the graph is left out", expected="tensors of the graph")
    graph = Graph(name, tensors, operators, inputs, outputs)
    check_dataflow(graph)
    return graph


def _check_types(entries: list[Table], operators: tuple[Operator, ...]) -> None:
    """Refuse element types that no operator knows; all of them at once, and the operators that are not known either."""
    codes = [int(entry.scalar(_TENSOR["type"], "int8")) for entry in entries]
    strange = {index for index, code in enumerate(codes) if code not in ELEMENT_TYPES}
    if not strange:
        return
    from toolchain.operators import LOWER  # only for the message: what else stands in the way

    problems = [f"operator {op.index} ({op.kind}) is not supported" for op in operators if op.kind not in LOWER]
    for index in sorted(strange):
        users = [f"operator {op.index} ({op.kind})" for op in operators if index in (*op.inputs, *op.outputs)]
        kind = ELEMENT_NAMES.get(codes[index], f"number {codes[index]}")
        where = ", ".join(users[:3]) or "no operator"
        problems.append(f"tensor {index} ({_name(entries[index])!r}) holds {kind}, used by {where}")
    if len(problems) > _LISTED:
        problems[_LISTED:] = [f"and {len(problems) - _LISTED} more"]
    raise ModelError(
        f"{len(strange)} tensor(s) of the model have element types that cannot be compiled",
        expected=", ".join(t.value for t in DType),
        received="\n    " + "\n    ".join(problems),
        remedy="convert the model with float32 weights, or with full integer quantisation to int8",
    )


def _name(table: Table) -> str:
    return table.numbers(_TENSOR["name"], "uint8")[:_MAX_NAME_BYTES].tobytes().decode("utf-8", "replace")


def _kind(table: Table) -> str:
    deprecated = table.scalar(_CODE["deprecated"], "int8")
    code = max(int(deprecated), int(table.scalar(_CODE["builtin"], "int32")))
    kind = OPERATORS.get(code, f"BUILTIN_{code}")
    return f"CUSTOM:{table.string(_CODE['custom'])}" if kind == "CUSTOM" else kind


def _indices(values: npt.NDArray[Any], count: int, where: str, budget: _Budget) -> tuple[int, ...]:
    budget.spend(_ENTRY_BYTES * values.size)
    if values.size and (values.min() < ABSENT or values.max() >= count):
        raise ModelError(
            f"{where} name a tensor that does not exist",
            expected=f"indices below {count}",
            received=str(values[:_LISTED].tolist()),
        )
    return tuple(int(v) for v in values)


def _shape(values: npt.NDArray[Any], name: str) -> tuple[int, ...]:
    shape = tuple(int(v) for v in values[: MAX_RANK + 1])
    if len(shape) > MAX_RANK or any(not 0 <= n <= MAX_ELEMENTS for n in shape) or math.prod(shape) > MAX_ELEMENTS:
        raise ModelError(
            f"tensor {name!r} has an impossible shape",
            expected=f"at most {MAX_RANK} dimensions, {MAX_ELEMENTS} elements, none negative",
            received=str(shape),
            remedy="export the model with static shapes",
        )
    return shape


def _tensor(index: int, table: Table, buffers: list[npt.NDArray[np.uint8]], budget: _Budget) -> Tensor:
    name = _name(table)
    shape = _shape(table.numbers(_TENSOR["shape"], "int32"), name)
    dtype = ELEMENT_TYPES[int(table.scalar(_TENSOR["type"], "int8"))]
    buffer = int(table.scalar(_TENSOR["buffer"], "uint32"))
    if buffer >= len(buffers):
        raise ModelError(f"tensor {name!r} names a buffer that does not exist", received=str(buffer))
    budget.spend(len(name) + buffers[buffer].size)
    data = _values(buffers[buffer], shape, dtype, name)
    variable = bool(table.scalar(_TENSOR["variable"], "bool", default=False))
    if variable and data is not None:
        raise ModelError(f"tensor {name!r} is variable and constant at once", expected="a variable without a buffer")
    quantisation = _quantisation(table.table(_TENSOR["quantisation"]), name, budget)
    _check_quantisation(quantisation, shape, dtype, name)
    return Tensor(index, name, shape, dtype, quantisation, data, variable)


def _values(raw: npt.NDArray[np.uint8], shape: tuple[int, ...], dtype: DType, name: str) -> npt.NDArray[Any] | None:
    if not raw.size:
        return None if math.prod(shape) else np.empty(shape, dtype.numpy)
    expected = math.prod(shape) * dtype.itemsize
    if raw.size != expected:
        raise ModelError(
            f"the values of tensor {name!r} do not fill its shape {shape}",
            expected=f"{expected} bytes",
            received=f"{raw.size} bytes",
        )
    return np.frombuffer(raw.tobytes(), dtype.numpy.newbyteorder("<")).astype(dtype.numpy).reshape(shape)


def _quantisation(table: Table | None, name: str, budget: _Budget) -> Quantisation | None:
    if table is None:
        return None
    budget.spend(_ENTRY_BYTES * table.span(_QUANTISATION["scale"], 4)[1])
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


def _check_quantisation(found: Quantisation | None, shape: tuple[int, ...], dtype: DType, name: str) -> None:
    """One scale, or one for each place along the axis; zero points that the element type can hold."""
    if found is None:
        return
    if found.scale.size > 1 and (not 0 <= found.axis < len(shape) or found.scale.size != shape[found.axis]):
        raise ModelError(
            f"the quantisation of tensor {name!r} does not fit its shape {shape}",
            expected="one scale, or one for each place along one dimension",
            received=f"{found.scale.size} scales along dimension {found.axis}",
        )
    kind = dtype.numpy if dtype.numpy.kind in "iu" else np.dtype(np.int32)
    limits = np.iinfo(kind)
    if np.any(found.zero_point < limits.min) or np.any(found.zero_point > limits.max):
        raise ModelError(
            f"a zero point of tensor {name!r} is out of range",
            expected=f"{limits.min} to {limits.max} for {dtype.value}",
            received=str(found.zero_point[:_LISTED].tolist()),
        )


def _operator(index: int, table: Table, codes: list[str], tensors: int, budget: _Budget) -> Operator:
    code = int(table.scalar(_OPERATOR["code"], "uint32"))
    if code >= len(codes):
        raise ModelError(f"operator {index} has a code that does not exist", received=str(code))
    kind = codes[code]
    where = f"operator {index} ({kind})"
    inputs = _indices(table.numbers(_OPERATOR["inputs"], "int32"), tensors, f"the inputs of {where}", budget)
    outputs = _indices(table.numbers(_OPERATOR["outputs"], "int32"), tensors, f"the outputs of {where}", budget)
    options = table.table(_OPERATOR["options"])
    return Operator(index, kind, inputs, outputs, {f[0]: _option(options, f, where) for f in OPTIONS.get(kind, ())})


def _option(table: Table | None, field: Field, where: str) -> Any:
    name, slot, kind, default = field
    names = {"activation": ACTIVATIONS, "padding": PADDINGS}.get(kind)
    if names is None:
        if kind == "string":
            return table.string(slot)[:_MAX_NAME_BYTES] if table else default
        return table.scalar(slot, kind, default) if table else default
    code = int(table.scalar(slot, "int8", default)) if table else int(default)
    if not 0 <= code < len(names):
        raise ModelError(f"{where} has an unknown {name}", expected=", ".join(names), received=str(code))
    return names[code]
