"""READ: bytes of a region, with the digest of the whole region."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind, Region
from firmware_bridge.messages.wire import known, require, unpack

_REQUEST: Final = struct.Struct("<BIH")
_REPLY: Final = struct.Struct("<8s")

READ_REPLY_OVERHEAD_BYTES: Final = 1 + _REPLY.size
"""Status byte and digest: what a READ reply holds besides the bytes asked for."""


@dataclass(frozen=True)
class ReadReply:
    """`data` from the wanted offset on (empty at the end), and the digest of the whole region."""

    digest: bytes
    data: bytes

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _REPLY.pack(self.digest) + self.data

    @classmethod
    def parse(cls, fields: bytes) -> ReadReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: shorter than a digest.
        """
        (digest,) = unpack("the reply to READ", _REPLY, fields, tail=True)
        return cls(digest, fields[_REPLY.size :])


@dataclass(frozen=True)
class Read:
    """Ask for at most `length` bytes of `region` from byte `offset` on."""

    region: Region
    offset: int
    length: int

    KIND: ClassVar[Kind] = Kind.READ

    def pack(self) -> bytes:
        """The frame's payload."""
        return _REQUEST.pack(self.region, self.offset, self.length)

    @classmethod
    def parse(cls, payload: bytes) -> Read:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length, or a region that does not exist.
        """
        region, offset, length = unpack("READ", _REQUEST, payload)
        require("READ", [known(Region, region)])
        return cls(Region(region), offset, length)

    def parse_reply(self, fields: bytes) -> ReadReply:
        """See `ReadReply.parse`.

        Raises:
            MalformedError: also if more bytes came than were asked for.
        """
        reply = ReadReply.parse(fields)
        came = len(reply.data)
        require("the reply to READ", [(came <= self.length, f"{came} bytes, asked for {self.length}")])
        return reply
