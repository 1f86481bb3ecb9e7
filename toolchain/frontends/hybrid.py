"""Files with float activations and int8 weights (dynamic-range quantisation): their weights become float32.

TFLite Micro rejects such operators, and LiteRT quantises their activations anew for every input. What the file means is
`scale * int8`: with those values as float32 weights it is an ordinary float model, which can stay float or be quantised
with a calibration set.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.graph import DType, Graph, Tensor

_WEIGHTED: Final = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL"})


def hybrid_weights(graph: Graph) -> list[Tensor]:
    """The int8 weights of operators that compute in float32."""
    found = {
        index: graph.tensors[index]
        for op in graph.operators
        if op.kind in _WEIGHTED and graph.tensors[op.outputs[0]].dtype is DType.FLOAT32
        for index in op.inputs
        if index >= 0 and graph.tensors[index].dtype is DType.INT8 and graph.tensors[index].data is not None
    }
    return [found[index] for index in sorted(found)]


def with_float_weights(data: bytes, graph: Graph) -> bytes:
    """The same file with its hybrid weights in float32; tensors keep their indices."""
    weights = hybrid_weights(graph)
    if not weights:
        return data
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    for tensor in weights:
        entry = model.subgraphs[0].tensors[tensor.index]
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(dequantised(tensor).tobytes(), np.uint8)
        model.buffers.append(buffer)
        entry.type, entry.buffer, entry.quantization = schema.TensorType.FLOAT32, len(model.buffers) - 1, None
    builder = flatbuffers.Builder(4 * len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def dequantised(tensor: Tensor) -> npt.NDArray[np.float32]:
    """`scale * (q - zero_point)` in float32."""
    values: npt.NDArray[Any] = np.empty(0) if tensor.data is None else tensor.data
    quantisation = tensor.quantisation
    if quantisation is None:
        return np.ascontiguousarray(values, np.float32)
    along = [1] * len(tensor.shape)
    if quantisation.scale.size > 1:
        along[quantisation.axis] = -1
    scale, zero = quantisation.scale.reshape(along), quantisation.zero_point.reshape(along)
    return np.ascontiguousarray(scale * (values.astype(np.int64) - zero).astype(np.float32), np.float32)
