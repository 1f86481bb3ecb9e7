"""A bounds-checked view of a FlatBuffers file.

The FlatBuffers runtime for Python has no verifier, and a .tflite file may come from anybody: here every offset is
checked before it is followed, and every vector is checked against the size of the file before it is walked.
Layout: FlatBuffers internals, "Tables", "Vectors", "Strings".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError

_FORMATS: Final = {
    "bool": struct.Struct("<?"),
    "int8": struct.Struct("<b"),
    "uint8": struct.Struct("<B"),
    "uint16": struct.Struct("<H"),
    "int32": struct.Struct("<i"),
    "uint32": struct.Struct("<I"),
    "int64": struct.Struct("<q"),
    "uint64": struct.Struct("<Q"),
    "float32": struct.Struct("<f"),
}
_OFFSET_BYTES: Final = 4


def _corrupt(what: str) -> ModelError:
    return ModelError(
        f"the .tflite file is corrupt: {what}",
        expected="a complete TensorFlow Lite flatbuffer",
        remedy="transfer or export the file again",
    )


@dataclass(frozen=True)
class Table:
    """A table at `position` of `data`; fields are named by their slot in the schema."""

    data: bytes
    position: int

    @classmethod
    def root(cls, data: bytes, identifier: bytes) -> Table:
        """The root table of a file with the given four-byte identifier.

        Raises:
            ModelError: too short, or another kind of file.
        """
        if len(data) < 2 * _OFFSET_BYTES or data[4:8] != identifier:
            raise ModelError(
                "this is not a .tflite file",
                expected=f"the identifier {identifier.decode()!r} at byte 4",
                received=f"{len(data)} bytes with {data[4:8]!r} there",
            )
        return cls(data, _read(data, "uint32", 0))

    def _field(self, slot: int) -> int:
        """Position of the field, or 0 where the file leaves it out."""
        vtable = self.position - _read(self.data, "int32", self.position)
        size = _read(self.data, "uint16", vtable)
        entry = 4 + 2 * slot
        if entry + 2 > size:
            return 0
        relative = _read(self.data, "uint16", vtable + entry)
        return self.position + relative if relative else 0

    def scalar(self, slot: int, kind: str, default: Any = 0) -> Any:
        """A scalar field, or `default`."""
        at = self._field(slot)
        return _read(self.data, kind, at) if at else default

    def table(self, slot: int) -> Table | None:
        """A sub-table, or None."""
        at = self._field(slot)
        return Table(self.data, at + _read(self.data, "uint32", at)) if at else None

    def span(self, slot: int, itemsize: int) -> tuple[int, int]:
        """First byte and number of elements of a vector; (0, 0) where absent."""
        at = self._field(slot)
        if not at:
            return 0, 0
        start = at + _read(self.data, "uint32", at)
        count = _read(self.data, "uint32", start)
        first = start + _OFFSET_BYTES
        if first + count * itemsize > len(self.data):
            raise _corrupt(f"a vector of {count} elements does not fit into {len(self.data)} bytes")
        return first, count

    def has(self, slot: int) -> bool:
        """Whether the field is present."""
        return self._field(slot) != 0

    def numbers(self, slot: int, kind: str) -> npt.NDArray[Any]:
        """A vector of scalars as a read-only view of the file."""
        dtype = np.dtype(kind).newbyteorder("<")
        first, count = self.span(slot, dtype.itemsize)
        return np.frombuffer(self.data, dtype, count, first) if count else np.empty(0, dtype)

    def string(self, slot: int) -> str:
        """A string field; empty where absent."""
        return self.numbers(slot, "uint8").tobytes().decode("utf-8", "replace")

    def tables(self, slot: int) -> list[Table]:
        """A vector of tables."""
        first, count = self.span(slot, _OFFSET_BYTES)
        positions = [first + _OFFSET_BYTES * i for i in range(count)]
        return [Table(self.data, at + _read(self.data, "uint32", at)) for at in positions]


def _read(data: bytes, kind: str, position: int) -> Any:
    layout = _FORMATS[kind]
    if position < 0 or position + layout.size > len(data):
        raise _corrupt(f"an offset points to byte {position} of {len(data)}")
    return layout.unpack_from(data, position)[0]
