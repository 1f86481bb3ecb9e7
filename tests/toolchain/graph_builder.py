"""Builds small .tflite files, one operator at a time, through the schema's own object API."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from toolchain.tflite.schema import OPERATOR_CODES

_TYPES = {
    "float32": 0,
    "float16": 1,
    "complex64": 8,
    "int32": 2,
    "uint8": 3,
    "int64": 4,
    "bool": 6,
    "int16": 7,
    "int8": 9,
    "resource": 13,
}
_OPTIONS = {
    "CONCATENATION": "ConcatenationOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SLICE": "SliceOptions",
    "SPLIT": "SplitOptions",
    "SPLIT_V": "SplitVOptions",
    "PACK": "PackOptions",
    "UNPACK": "UnpackOptions",
    "GATHER": "GatherOptions",
    "PADV2": "PadV2Options",
    "SUM": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "ARG_MAX": "ArgMaxOptions",
    "ARG_MIN": "ArgMinOptions",
    "CAST": "CastOptions",
    "BROADCAST_TO": "BroadcastToOptions",
    "TILE": "TileOptions",
    "FILL": "FillOptions",
    "SHAPE": "ShapeOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "TRANSPOSE_CONV": "TransposeConvOptions",
    "SELECT_V2": "SelectV2Options",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "DEPTH_TO_SPACE": "DepthToSpaceOptions",
    "SPACE_TO_DEPTH": "SpaceToDepthOptions",
    "REVERSE_V2": "ReverseV2Options",
    "EQUAL": "EqualOptions",
    "NOT_EQUAL": "NotEqualOptions",
    "LESS": "LessOptions",
    "LESS_EQUAL": "LessEqualOptions",
    "GREATER": "GreaterOptions",
    "GREATER_EQUAL": "GreaterEqualOptions",
    "LOGICAL_AND": "LogicalAndOptions",
    "LOGICAL_OR": "LogicalOrOptions",
    "LOGICAL_NOT": "LogicalNotOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "ADD": "AddOptions",
    "RESHAPE": "ReshapeOptions",
    "PAD": "PadOptions",
    "TRANSPOSE": "TransposeOptions",
    "QUANTIZE": "QuantizeOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "SOFTMAX": "SoftmaxOptions",
    "SQUARED_DIFFERENCE": "SquaredDifferenceOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "DIV": "DivOptions",
    "GELU": "GeluOptions",
    "MUL": "MulOptions",
    "SUB": "SubOptions",
    "CALL_ONCE": "CallOnceOptions",
    "VAR_HANDLE": "VarHandleOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}
_VERSIONS = {"CONV_2D": 5, "DEPTHWISE_CONV_2D": 5, "FULLY_CONNECTED": 5, "NEG": 1, "RELU_N1_TO_1": 1, "RELU_0_TO_1": 1}


class GraphBuilder:
    """Collects tensors and operators; `build` returns the file."""

    def __init__(self) -> None:
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators, self._graph.inputs = [], [], []
        self._buffers = [schema.BufferT()]
        self._codes: list[str] = []
        self._further: list[Any] = []

    def tensor(  # noqa: PLR0913  # a tensor has that many properties
        self,
        shape: tuple[int, ...],
        dtype: str,
        scale: Any = None,
        zero_point: Any = 0,
        *,
        data: np.ndarray | None = None,
        axis: int = 0,
        variable: bool = False,
    ) -> int:
        """Add a tensor; `data` makes it constant, `scale` (one or one per channel) quantised."""
        tensor = schema.TensorT()
        tensor.name = f"tensor_{len(self._graph.tensors)}".encode()
        tensor.shape, tensor.type, tensor.buffer = list(shape), _TYPES[dtype], 0
        tensor.isVariable = variable
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self._buffers)
            self._buffers.append(buffer)
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.atleast_1d(np.asarray(scale, np.float32))
            zeros = np.broadcast_to(np.atleast_1d(np.asarray(zero_point, np.int64)), tensor.quantization.scale.shape)
            tensor.quantization.zeroPoint = zeros.copy()
            tensor.quantization.quantizedDimension = axis
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def input(self, shape: tuple[int, ...], dtype: str, scale: Any = None, zero_point: int = 0) -> int:
        """Add a graph input."""
        index = self.tensor(shape, dtype, scale, zero_point)
        self._graph.inputs.append(index)
        return index

    def constant(self, data: np.ndarray, scale: Any = None, zero_point: Any = 0, axis: int = 0) -> int:
        """Add a constant."""
        return self.tensor(data.shape, data.dtype.name, scale, zero_point, data=data, axis=axis)

    def further(self) -> GraphBuilder:
        """A further graph of the same file, for CALL_ONCE: the first one is graph 1."""
        other = GraphBuilder()
        other._graph.outputs = []
        other._buffers, other._codes = self._buffers, self._codes
        self._further.append(other._graph)
        return other

    def op(self, kind: str, inputs: list[int], outputs: list[int], **options: Any) -> None:
        """Add an operator; options by their schema names."""
        operator = schema.OperatorT()
        if kind not in self._codes:
            self._codes.append(kind)
        operator.opcodeIndex = self._codes.index(kind)
        operator.inputs, operator.outputs = inputs, outputs
        name = _OPTIONS.get(kind)
        if name:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            operator.builtinOptions = getattr(schema, f"{name}T")()
            for key, value in options.items():
                setattr(operator.builtinOptions, key, value)
        self._graph.operators.append(operator)

    def build(self, outputs: list[int]) -> bytes:
        """The .tflite file."""
        model = schema.ModelT()
        model.version = 3
        self._graph.outputs = outputs
        model.subgraphs, model.buffers, model.operatorCodes = [self._graph, *self._further], self._buffers, []
        for kind in self._codes:
            code = schema.OperatorCodeT()
            code.builtinCode = OPERATOR_CODES[kind]
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            code.version = _VERSIONS.get(kind, 2)
            model.operatorCodes.append(code)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
