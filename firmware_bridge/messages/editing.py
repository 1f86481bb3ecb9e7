"""BEGIN, WRITE and VERIFY: an edit goes to the device and is checked there."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import MalformedError, unpack
from toolchain.edit import HEADER_BYTES

_U32: Final = struct.Struct("<I")
_BEGUN: Final = struct.Struct("<II")
_DIGEST: Final = struct.Struct("<8s")

WRITE_OVERHEAD_BYTES: Final = _U32.size


@dataclass(frozen=True)
class BeginReply:
    """How many bytes of payload and MAC the device wants, and how many came with the header."""

    wanted: int
    received: int

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _BEGUN.pack(self.wanted, self.received)

    @classmethod
    def parse(cls, fields: bytes) -> BeginReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("the reply to BEGIN", _BEGUN, fields))


@dataclass(frozen=True)
class Begin:
    """Announce an edit by its header (36 bytes); `data` is the start of what follows it, or all of that."""

    header: bytes
    data: bytes = b""

    KIND: ClassVar[Kind] = Kind.BEGIN

    def pack(self) -> bytes:
        """The frame's payload."""
        return self.header + self.data

    @classmethod
    def parse(cls, payload: bytes) -> Begin:
        """Read the frame's payload.

        Raises:
            MalformedError: shorter than a header.
        """
        if len(payload) < HEADER_BYTES:
            raise MalformedError("BEGIN", [f"{len(payload)} bytes, wanted at least {HEADER_BYTES}"])
        return cls(payload[:HEADER_BYTES], payload[HEADER_BYTES:])

    def parse_reply(self, fields: bytes) -> BeginReply:
        """See `BeginReply.parse`."""
        return BeginReply.parse(fields)


@dataclass(frozen=True)
class Write:
    """Put `data` at byte `offset` of what follows the header. The reply is the number of bytes received."""

    offset: int
    data: bytes

    KIND: ClassVar[Kind] = Kind.WRITE

    def pack(self) -> bytes:
        """The frame's payload."""
        return _U32.pack(self.offset) + self.data

    @classmethod
    def parse(cls, payload: bytes) -> Write:
        """Read the frame's payload.

        Raises:
            MalformedError: shorter than its offset.
        """
        (offset,) = unpack("WRITE", _U32, payload, tail=True)
        return cls(offset, payload[_U32.size :])

    def parse_reply(self, fields: bytes) -> int:
        """Bytes received."""
        (received,) = unpack("the reply to WRITE", _U32, fields)
        return int(received)


@dataclass(frozen=True)
class Verify:
    """Let the device decode and check what it was sent. The reply is the digest of the bank that it would run."""

    KIND: ClassVar[Kind] = Kind.VERIFY

    def pack(self) -> bytes:
        """The frame's payload: empty."""
        return b""

    def parse_reply(self, fields: bytes) -> bytes:
        """Digest of the staged bank, 8 bytes."""
        (digest,) = unpack("the reply to VERIFY", _DIGEST, fields)
        return bytes(digest)
