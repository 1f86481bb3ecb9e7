"""A signature for .tflite files that have none: ai-edge-quantizer calibrates through signatures only."""

from __future__ import annotations

from typing import Any, Final

from toolchain.tflite.flatbuffer import Table

_SIGNATURES_SLOT: Final = 7
NAME: Final = "serving_default"


def with_signature(data: bytes) -> bytes:
    """The same model, with a signature over its inputs and outputs if it had none; tensors keep their indices."""
    if Table.root(data, b"TFL3").tables(_SIGNATURES_SLOT):
        return data
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    graph = model.subgraphs[0]
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = NAME, 0
    signature.inputs = [_entry(schema, f"input_{i}", t) for i, t in enumerate(graph.inputs)]
    signature.outputs = [_entry(schema, f"output_{i}", t) for i, t in enumerate(graph.outputs)]
    model.signatureDefs = [signature]
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _entry(schema: Any, name: str, tensor: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, int(tensor)
    return entry
