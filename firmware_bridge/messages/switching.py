"""APPLY, TRY, COMMIT, CONFIRM and REVERT: which bank runs, and which one a reset brings back."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import known, require, unpack
from toolchain.digest import FINGERPRINT_BYTES

_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_DIGEST: Final = struct.Struct("<8s")
_COMMIT: Final = struct.Struct("<8sH")
_REVERT: Final = struct.Struct("<B8s")
_ACTIVE: Final = struct.Struct("<BI8s")
_TRIED: Final = struct.Struct("<HHH")


@dataclass(frozen=True)
class ActiveReply:
    """The bank that runs after APPLY, COMMIT or REVERT."""

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
        return cls(*unpack("the reply to APPLY, COMMIT or REVERT", _ACTIVE, fields))


@dataclass(frozen=True)
class Apply:
    """Run the verified bank until the next reset, if `replaces` is the digest of the one that runs now."""

    replaces: bytes

    KIND: ClassVar[Kind] = Kind.APPLY

    def pack(self) -> bytes:
        """The frame's payload."""
        return _DIGEST.pack(self.replaces)

    @classmethod
    def parse(cls, payload: bytes) -> Apply:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("APPLY", _DIGEST, payload))

    def parse_reply(self, fields: bytes) -> ActiveReply:
        """See `ActiveReply.parse`."""
        return ActiveReply.parse(fields)


@dataclass(frozen=True)
class TryReply:
    """How many of the model's `vectors` frozen evaluation vectors were `right`, and how many had to be (`least`)."""

    right: int
    vectors: int
    least: int

    WHAT: ClassVar[str] = "the reply to TRY"

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _TRIED.pack(self.right, self.vectors, self.least)

    @classmethod
    def parse(cls, fields: bytes) -> TryReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length, or more right ones than vectors.
        """
        right, vectors, least = unpack(cls.WHAT, _TRIED, fields)
        require(cls.WHAT, [(right <= vectors, f"{right} right ones of {vectors}")])
        return cls(right, vectors, least)


@dataclass(frozen=True)
class Try:
    """Run the frozen evaluation vectors with the verified bank; at least `least` of them have to be right."""

    least: int = 0

    KIND: ClassVar[Kind] = Kind.TRY

    def pack(self) -> bytes:
        """The frame's payload."""
        return _U16.pack(self.least)

    @classmethod
    def parse(cls, payload: bytes) -> Try:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("TRY", _U16, payload))

    def parse_reply(self, fields: bytes) -> TryReply:
        """See `TryReply.parse`."""
        return TryReply.parse(fields)


@dataclass(frozen=True)
class Commit:
    """Store the tried bank and run it on probation of `seconds` (0: as long as the device thinks right)."""

    replaces: bytes
    seconds: int = 0

    KIND: ClassVar[Kind] = Kind.COMMIT

    def pack(self) -> bytes:
        """The frame's payload."""
        return _COMMIT.pack(self.replaces, self.seconds)

    @classmethod
    def parse(cls, payload: bytes) -> Commit:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("COMMIT", _COMMIT, payload))

    def parse_reply(self, fields: bytes) -> ActiveReply:
        """See `ActiveReply.parse`."""
        return ActiveReply.parse(fields)


@dataclass(frozen=True)
class Confirm:
    """End the probation: the bank of `digest` is what a reset brings back from here on."""

    digest: bytes

    KIND: ClassVar[Kind] = Kind.CONFIRM

    def pack(self) -> bytes:
        """The frame's payload."""
        return _DIGEST.pack(self.digest)

    @classmethod
    def parse(cls, payload: bytes) -> Confirm:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length.
        """
        return cls(*unpack("CONFIRM", _DIGEST, payload))

    def parse_reply(self, fields: bytes) -> int:
        """The confirmed counter."""
        (counter,) = unpack("the reply to CONFIRM", _U32, fields)
        return int(counter)


class RevertWhat(IntEnum):
    """What REVERT takes back."""

    UNSETTLED = 0
    BANK = 1


@dataclass(frozen=True)
class Revert:
    """Drop what is not settled, or run the other bank if its digest is `digest`."""

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
