"""BEGIN, WRITE, VERIFY, COMMIT and REVERT: an edit goes to the device, or goes back."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import MalformedError, known, require, unpack
from toolchain.digest import FINGERPRINT_BYTES
from toolchain.edit import HEADER_BYTES

_U32: Final = struct.Struct("<I")
_DIGEST: Final = struct.Struct("<8s")
_REVERT: Final = struct.Struct("<B8s")
_ACTIVE: Final = struct.Struct("<BI8s")

WRITE_OVERHEAD_BYTES: Final = _U32.size


@dataclass(frozen=True)
class ActiveReply:
    """The bank that runs after COMMIT or REVERT."""

    bank: int
    generation: int
    digest: bytes

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _ACTIVE.pack(self.bank, self.generation, self.digest)

    @classmethod
    def parse(cls, fields: bytes) -> ActiveReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("the reply to COMMIT or REVERT", _ACTIVE, fields))


@dataclass(frozen=True)
class Begin:
    """Announce an edit by its header (36 bytes). The reply is the number of payload bytes wanted."""

    header: bytes

    KIND: ClassVar[Kind] = Kind.BEGIN

    def pack(self) -> bytes:
        """The frame's payload."""
        return self.header

    @classmethod
    def parse(cls, payload: bytes) -> Begin:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        if len(payload) != HEADER_BYTES:
            raise MalformedError("BEGIN", [f"{len(payload)} bytes, wanted {HEADER_BYTES}"])
        return cls(payload)

    def parse_reply(self, fields: bytes) -> int:
        """Payload bytes wanted."""
        (wanted,) = unpack("the reply to BEGIN", _U32, fields)
        return int(wanted)


@dataclass(frozen=True)
class Write:
    """Put `data` at byte `offset` of the payload. The reply is the number of payload bytes received."""

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
        """Payload bytes received."""
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


@dataclass(frozen=True)
class Commit:
    """Run the verified bank, if `replaces` is the digest of the one that runs now."""

    replaces: bytes

    KIND: ClassVar[Kind] = Kind.COMMIT

    def pack(self) -> bytes:
        """The frame's payload."""
        return _DIGEST.pack(self.replaces)

    @classmethod
    def parse(cls, payload: bytes) -> Commit:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("COMMIT", _DIGEST, payload))

    def parse_reply(self, fields: bytes) -> ActiveReply:
        """See `ActiveReply.parse`."""
        return ActiveReply.parse(fields)


class RevertWhat(IntEnum):
    """What REVERT takes back."""

    STAGING = 0
    BANK = 1


@dataclass(frozen=True)
class Revert:
    """Drop the edit in progress, or run the other bank if its digest is `digest`."""

    what: RevertWhat
    digest: bytes = bytes(FINGERPRINT_BYTES)

    KIND: ClassVar[Kind] = Kind.REVERT

    def pack(self) -> bytes:
        """The frame's payload."""
        return _REVERT.pack(self.what, self.digest)

    @classmethod
    def parse(cls, payload: bytes) -> Revert:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length, or something that cannot be reverted.
        """
        what, digest = unpack("REVERT", _REVERT, payload)
        require("REVERT", [known(RevertWhat, what)])
        return cls(RevertWhat(what), digest)

    def parse_reply(self, fields: bytes) -> ActiveReply:
        """See `ActiveReply.parse`."""
        return ActiveReply.parse(fields)
