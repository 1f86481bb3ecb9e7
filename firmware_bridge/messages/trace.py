"""The trace frame: what one operator of a traced inference computed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.wire import unpack

_FIELDS: Final = struct.Struct("<HI8s")


@dataclass(frozen=True)
class Traced:
    """Operator `op` wrote `size` bytes with this `digest` (first eight bytes of BLAKE2s-256)."""

    op: int
    size: int
    digest: bytes

    WHAT: ClassVar[str] = "a trace frame"

    def pack(self) -> bytes:
        """The frame's payload."""
        return _FIELDS.pack(self.op, self.size, self.digest)

    @classmethod
    def parse(cls, payload: bytes) -> Traced:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        op, size, digest = unpack(cls.WHAT, _FIELDS, payload)
        return cls(op, size, digest)
