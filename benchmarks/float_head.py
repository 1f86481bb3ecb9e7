"""A model that is nothing but an adaptive head: two fully connected layers on float32, 64 to 32 to 10."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import Compiled
from toolchain.golden import make_golden, random_inputs
from toolchain.layout import Layout
from toolchain.model import Model
from toolchain.tflite.reader import read_model

NAME: Final = "float_head"
_SIZES: Final = (64, 32, 10)
_FLOAT32, _INT8 = 0, 9
_DEQUANTIZE, _FULLY_CONNECTED = 6, 9
_RELU: Final = 1


def bundle(folder: Path, samples: int) -> Bundle:
    """Write the bundle, with random parameters and vectors that are the same every time."""
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, (reads, writes) in enumerate(pairwise(_SIZES)):
        shapes |= {f"fc{layer}.weight": (writes, reads), f"fc{layer}.bias": (writes,)}
    chance = np.random.default_rng(0)
    values = {name: chance.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}
    layout = Layout.of(shapes, dict.fromkeys(shapes, 0.1))
    data, adaptive = _tflite(values)
    model = Model.of(read_model(data, NAME), layout=layout, adaptive=adaptive, prototypes=layout.flatten(values)[None])
    golden = make_golden(model, random_inputs(model, samples), {})
    write_bundle(folder, Compiled(NAME, data, model), golden)
    return Bundle.open(folder)


def _tflite(values: dict[str, np.ndarray]) -> tuple[bytes, dict[int, str]]:
    """The file, and the name of each adaptive tensor."""
    graph = schema.SubGraphT()
    graph.tensors, graph.operators, buffers = [], [], [schema.BufferT()]

    def tensor(shape: tuple[int, ...], kind: int, data: np.ndarray | None = None) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = f"tensor_{len(graph.tensors)}".encode(), list(shape), kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            made.buffer = len(buffers)
            buffers.append(buffer)
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    def operator(code: int, inputs: list[int], output: int, kind: Any, options: Any) -> None:
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = code, inputs, [output]
        made.builtinOptionsType, made.builtinOptions = kind, options
        graph.operators.append(made)

    window = tensor((1, _SIZES[0]), _INT8)
    graph.tensors[window].quantization = schema.QuantizationParametersT()
    graph.tensors[window].quantization.scale = np.array([0.05], np.float32)
    graph.tensors[window].quantization.zeroPoint = np.array([-3], np.int64)
    last = tensor((1, _SIZES[0]), _FLOAT32)
    operator(0, [window], last, schema.BuiltinOptions.DequantizeOptions, schema.DequantizeOptionsT())
    adaptive: dict[int, str] = {}
    for layer, writes in enumerate(_SIZES[1:]):
        names = (f"fc{layer}.weight", f"fc{layer}.bias")
        pair = [tensor(values[name].shape, _FLOAT32, values[name]) for name in names]
        adaptive |= dict(zip(pair, names, strict=True))
        output, options = tensor((1, writes), _FLOAT32), schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = 0 if writes == _SIZES[-1] else _RELU
        operator(1, [last, *pair], output, schema.BuiltinOptions.FullyConnectedOptions, options)
        last = output
    graph.inputs, graph.outputs = [window], [last]
    return _file(graph, buffers), adaptive


def _file(graph: Any, buffers: list[Any]) -> bytes:
    model = schema.ModelT()
    model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [graph], buffers, []
    for number, version in ((_DEQUANTIZE, 2), (_FULLY_CONNECTED, 5)):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = number
        code.version = version
        model.operatorCodes.append(code)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
