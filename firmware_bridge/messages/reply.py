"""The start of every reply: OK and its fields, or a refusal with its two numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from firmware_bridge.messages.kinds import Code
from firmware_bridge.messages.wire import MalformedError, known, require, unpack

_REFUSAL: Final = struct.Struct("<BII")
WHAT: Final = "a reply"


@dataclass(frozen=True)
class Refusal:
    """Why a device did not do what it was asked; what the numbers hold depends on `code`."""

    code: Code
    expected: int
    received: int

    def pack(self) -> bytes:
        """The whole payload of the reply."""
        return _REFUSAL.pack(self.code, self.expected, self.received)


def split_reply(payload: bytes) -> bytes | Refusal:
    """The fields behind the status byte, or the refusal.

    Raises:
        MalformedError: empty, an unknown code, or a refusal of the wrong length.
    """
    if not payload:
        raise MalformedError(WHAT, ["it is empty, not even a status byte"])
    require(WHAT, [known(Code, payload[0])])
    if payload[0] == Code.OK:
        return payload[1:]
    code, expected, received = unpack("a refusal", _REFUSAL, payload)
    return Refusal(Code(code), expected, received)
