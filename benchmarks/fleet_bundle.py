"""A personalisable model with random parameters: int8 from 64 to an embedding of 32, adaptive float32 to 24 and 10."""

from __future__ import annotations

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

NAME: Final = "fleet"
_WINDOW, _EMBEDDING = 64, 32
_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "fc1.weight": (24, _EMBEDDING),
    "fc1.bias": (24,),
    "fc2.weight": (10, 24),
    "fc2.bias": (10,),
}
_CLIP: Final = 0.5
_FLOAT32, _INT32, _INT8 = 0, 2, 9
_CODES: Final = ((9, 5), (6, 2))
"""FULLY_CONNECTED and DEQUANTIZE, each with its version."""
_FULLY_CONNECTED, _DEQUANTIZE = 0, 1
_RELU: Final = 1


def bundle(folder: Path, seed: int = 0) -> Bundle:
    """Write the bundle; another seed is another base of the same shapes."""
    chance = np.random.default_rng(seed)
    layout = Layout.of(_SHAPES, dict.fromkeys(_SHAPES, _CLIP))
    values = {name: chance.normal(scale=0.2, size=shape).astype(np.float32) for name, shape in _SHAPES.items()}
    data, adaptive = _Graph().build(chance, values)
    model = Model.of(read_model(data, NAME), layout=layout, adaptive=adaptive, prototypes=layout.flatten(values)[None])
    write_bundle(folder, Compiled(NAME, data, model), make_golden(model, random_inputs(model, 8, seed), {}))
    return Bundle.open(folder)


class _Graph:
    """Collects tensors and operators."""

    def __init__(self) -> None:
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators, self._buffers = [], [], [schema.BufferT()]

    def build(self, chance: np.random.Generator, values: dict[str, Any]) -> tuple[bytes, dict[int, str]]:
        """The file, and the names of the adaptive tensors."""
        window = self._tensor((1, _WINDOW), _INT8, quantised=(0.05, -3))
        weight = chance.integers(-127, 128, (_EMBEDDING, _WINDOW)).astype(np.int8)
        bias = chance.integers(-9999, 10000, _EMBEDDING).astype(np.int32)
        embedding = self._tensor((1, _EMBEDDING), _INT8, quantised=(0.03, -128))
        constants = [
            self._tensor(weight.shape, _INT8, weight, (0.001, 0)),
            self._tensor(bias.shape, _INT32, bias, (0.00005, 0)),
        ]
        self._dense([window, *constants], embedding, _RELU)
        last = self._tensor((1, _EMBEDDING), _FLOAT32)
        options = schema.BuiltinOptions.DequantizeOptions, schema.DequantizeOptionsT()
        self._operator(_DEQUANTIZE, [embedding], last, *options)
        adaptive: dict[int, str] = {}
        for layer, activation in (("fc1", _RELU), ("fc2", 0)):
            names = (f"{layer}.weight", f"{layer}.bias")
            pair = [self._tensor(values[name].shape, _FLOAT32, values[name]) for name in names]
            adaptive |= dict(zip(pair, names, strict=True))
            output = self._tensor((1, values[names[1]].size), _FLOAT32)
            self._dense([last, *pair], output, activation)
            last = output
        self._graph.inputs, self._graph.outputs = [window], [last]
        return self._file(), adaptive

    def _tensor(
        self, shape: tuple[int, ...], kind: int, data: Any = None, quantised: tuple[float, int] | None = None
    ) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type, made.buffer = f"t{len(self._graph.tensors)}".encode(), list(shape), kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            made.buffer = len(self._buffers)
            self._buffers.append(buffer)
        if quantised is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale = np.array([quantised[0]], np.float32)
            made.quantization.zeroPoint = np.array([quantised[1]], np.int64)
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def _dense(self, inputs: list[int], output: int, activation: int) -> None:
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = activation
        self._operator(_FULLY_CONNECTED, inputs, output, schema.BuiltinOptions.FullyConnectedOptions, options)

    def _operator(self, code: int, inputs: list[int], output: int, kind: Any, options: Any) -> None:
        made = schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = code, inputs, [output]
        made.builtinOptionsType, made.builtinOptions = kind, options
        self._graph.operators.append(made)

    def _file(self) -> bytes:
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers, model.operatorCodes = 3, [self._graph], self._buffers, []
        for number, version in _CODES:
            code = schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = number
            code.version = version
            model.operatorCodes.append(code)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
