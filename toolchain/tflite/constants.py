"""Constants inside the bytes of a .tflite file: where they lie, and other values in their place.

A patched file differs from the original in nothing but those values, so that any TensorFlow Lite runtime can run a
personalised model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import AdaptiveError
from toolchain.tflite.flatbuffer import Table

_SUBGRAPHS, _BUFFERS = 2, 4
_TENSORS, _TENSOR_BUFFER = 0, 2


def constant_spans(data: bytes) -> dict[int, tuple[int, int]]:
    """Tensor index to (first byte, number of bytes) of its values, for tensors that share them with no other."""
    root = Table.root(data, b"TFL3")
    buffers = root.tables(_BUFFERS)
    used = [int(t.scalar(_TENSOR_BUFFER, "uint32")) for t in root.tables(_SUBGRAPHS)[0].tables(_TENSORS)]
    sharing = Counter(used)
    spans = {tensor: buffers[buffer].span(0, 1) for tensor, buffer in enumerate(used) if sharing[buffer] == 1}
    return {tensor: span for tensor, span in spans.items() if span[1]}


def patch_constants(data: bytes, values: Mapping[int, npt.NDArray[Any]]) -> bytes:
    """The same file with other values for some constant tensors.

    Raises:
        AdaptiveError: a tensor is not constant, shares its values with another, or has another size.
    """
    spans = constant_spans(data)
    patched = bytearray(data)
    for tensor, array in values.items():
        raw = np.ascontiguousarray(array).tobytes()
        start, size = spans.get(tensor, (0, 0))
        if size != len(raw):
            raise AdaptiveError(
                f"tensor {tensor} cannot be patched",
                expected=f"{len(raw)} bytes of its own in the file",
                received=f"{size} bytes" if size else "none, or bytes that it shares with another tensor",
            )
        patched[start : start + size] = raw
    return bytes(patched)
