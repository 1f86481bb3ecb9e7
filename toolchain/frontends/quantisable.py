"""What ai-edge-quantizer takes for granted: a signature to calibrate through, unique tensor names, new operator codes.

Files of old converters lack the first and keep their operator codes in a field that is deprecated since: to the
quantiser every operator is then an ADD.
"""

from __future__ import annotations

from typing import Any, Final

from toolchain.tflite.flatbuffer import Table

_CODES, _SUBGRAPHS, _SIGNATURES = 1, 2, 7
_DEPRECATED, _BUILTIN = 0, 3
_TENSORS, _TENSOR_NAME = 0, 3
NAME: Final = "serving_default"


def quantisable(data: bytes) -> bytes:
    """The same model with a signature over its inputs and outputs, unique tensor names and operator codes of today.

    Tensors keep their indices; a file that has all that already stays as it is.
    """
    root = Table.root(data, b"TFL3")
    taken: set[str] = set()
    renamed: dict[int, str] = {}
    for index, tensor in enumerate(root.tables(_SUBGRAPHS)[0].tables(_TENSORS)):
        name = tensor.string(_TENSOR_NAME)
        if not name or name in taken:
            name = renamed[index] = f"{name}#{index}"
        taken.add(name)
    old_codes = [
        int(code.scalar(_DEPRECATED, "int8")) > int(code.scalar(_BUILTIN, "int32")) for code in root.tables(_CODES)
    ]
    if root.tables(_SIGNATURES) and not renamed and not any(old_codes):
        return data
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    graph = model.subgraphs[0]
    for code in model.operatorCodes:
        code.builtinCode = max(code.builtinCode, code.deprecatedBuiltinCode)
    for index, name in renamed.items():
        graph.tensors[index].name = name
    if not model.signatureDefs:
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
