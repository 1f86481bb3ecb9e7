"""PROVISION: a device gets its id and its key, once."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import unpack

DEVICE_ID_BYTES: Final = 8
KEY_BYTES: Final = 32
_REQUEST: Final = struct.Struct(f"<{DEVICE_ID_BYTES}s{KEY_BYTES}s")
_REPLY: Final = struct.Struct(f"<{DEVICE_ID_BYTES}s")


@dataclass(frozen=True)
class Provision:
    """Store `device_id` (8 bytes) and `key` (32 bytes). The reply is the id. The key travels in the clear."""

    device_id: bytes
    key: bytes = field(repr=False)

    KIND: ClassVar[Kind] = Kind.PROVISION

    def pack(self) -> bytes:
        """The frame's payload."""
        return _REQUEST.pack(self.device_id, self.key)

    @classmethod
    def parse(cls, payload: bytes) -> Provision:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("PROVISION", _REQUEST, payload))

    def parse_reply(self, fields: bytes) -> bytes:
        """The device's id, 8 bytes."""
        (device_id,) = unpack("the reply to PROVISION", _REPLY, fields)
        return bytes(device_id)
