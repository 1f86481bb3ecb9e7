"""CONTEXT: the int8 embeddings that the device remembered; never its raw inputs."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import require, unpack

_FORGET: Final = 1
_REQUEST: Final = struct.Struct("<BH")
_REPLY: Final = struct.Struct("<HHHI")

CONTEXT_REPLY_OVERHEAD_BYTES: Final = 1 + _REPLY.size
"""Status byte and fixed fields: what a CONTEXT reply holds besides embeddings."""


@dataclass(frozen=True)
class ContextReply:
    """Embeddings `first` to `first + count - 1` of the `held` ones, oldest first, one after the other in `data`.

    `serial` counts the embeddings ever remembered.
    """

    held: int
    first: int
    count: int
    serial: int
    data: bytes

    WHAT: ClassVar[str] = "the reply to CONTEXT"

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _REPLY.pack(self.held, self.first, self.count, self.serial) + self.data

    @classmethod
    def parse(cls, fields: bytes) -> ContextReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length, or numbers that contradict each other.
        """
        held, first, count, serial = unpack(cls.WHAT, _REPLY, fields, tail=True)
        data = fields[_REPLY.size :]
        whole = len(data) % count == 0 if count else not data
        require(
            cls.WHAT,
            [
                (count == 0 or first + count <= held, f"embeddings {first} to {first + count - 1} of {held}"),
                (whole, f"{len(data)} bytes for {count} embeddings"),
                (serial >= held, f"{held} held, and only {serial} ever remembered"),
            ],
        )
        return cls(held, first, count, serial, data)


@dataclass(frozen=True)
class Context:
    """Ask for the embeddings from `first` on; `forget` clears the ring if all fitted."""

    first: int = 0
    forget: bool = False

    KIND: ClassVar[Kind] = Kind.CONTEXT

    def pack(self) -> bytes:
        """The frame's payload."""
        return _REQUEST.pack(_FORGET if self.forget else 0, self.first)

    @classmethod
    def parse(cls, payload: bytes) -> Context:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length or unknown flags.
        """
        flags, first = unpack("CONTEXT", _REQUEST, payload)
        require("CONTEXT", [(flags & ~_FORGET == 0, f"unknown flags {flags:#04x}")])
        return cls(first, bool(flags & _FORGET))

    def parse_reply(self, fields: bytes) -> ContextReply:
        """See `ContextReply.parse`."""
        return ContextReply.parse(fields)
