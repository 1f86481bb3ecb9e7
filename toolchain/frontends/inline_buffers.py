"""Large constants back into the flatbuffer.

ai-edge-quantizer appends constants to the file's end once a model is large, and leaves offset and size in its buffers.
TFLite Micro reads no such file, and neither does our reader.
"""

from __future__ import annotations

import numpy as np

from toolchain.errors import ModelError
from toolchain.tflite.flatbuffer import Table

_BUFFERS = 4
_OFFSET, _SIZE = 1, 2


def inlined(data: bytes) -> bytes:
    """The same model with all constants in their buffers; a file that has them there stays as it is.

    Raises:
        ModelError: a buffer lies beyond the end of the file.
    """
    buffers = Table.root(data, b"TFL3").tables(_BUFFERS)
    if not any(int(buffer.scalar(_OFFSET, "uint64")) > 1 for buffer in buffers):
        return data
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    for buffer in model.buffers:
        if buffer.offset > 1:
            if buffer.offset + buffer.size > len(data):
                raise ModelError(
                    "a constant lies beyond the end of the file",
                    expected=f"at most {len(data)} bytes",
                    received=f"{buffer.size} bytes at {buffer.offset}",
                )
            buffer.data = np.frombuffer(data, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
