"""SUMMARY: the context in two bytes a dimension, which is all that an edit is made from."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import MalformedError, require, unpack

_FIRST: Final = struct.Struct("<H")
_REPLY: Final = struct.Struct("<HI")


@dataclass(frozen=True)
class SummaryReply:
    """Of `held` embeddings: `means` (int8) and `spreads` (uint8, in halves of a step), one byte a dimension each.

    `serial` counts the embeddings ever remembered.
    """

    held: int
    serial: int
    means: bytes
    spreads: bytes

    WHAT: ClassVar[str] = "the reply to SUMMARY"

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _REPLY.pack(self.held, self.serial) + self.means + self.spreads

    @classmethod
    def parse(cls, fields: bytes) -> SummaryReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length, numbers that contradict each other, statistics of nothing.
        """
        held, serial = unpack(cls.WHAT, _REPLY, fields, tail=True)
        data = fields[_REPLY.size :]
        half = len(data) // 2
        require(
            cls.WHAT,
            [
                (len(data) % 2 == 0, f"{len(data)} bytes are not as many spreads as means"),
                (held > 0 or not data, f"{len(data)} bytes about no embedding"),
                (serial >= held, f"{held} held, and only {serial} ever remembered"),
            ],
        )
        return cls(held, serial, data[:half], data[half:])


@dataclass(frozen=True)
class Summary:
    """Ask for mean and spread of the dimensions from `first` on."""

    first: int = 0

    KIND: ClassVar[Kind] = Kind.SUMMARY

    def pack(self) -> bytes:
        """The frame's payload: empty where it starts with the first dimension."""
        return _FIRST.pack(self.first) if self.first else b""

    @classmethod
    def parse(cls, payload: bytes) -> Summary:
        """Read the frame's payload.

        Raises:
            MalformedError: neither empty nor two bytes.
        """
        if not payload:
            return cls()
        if len(payload) != _FIRST.size:
            raise MalformedError("SUMMARY", [f"{len(payload)} bytes, wanted 0 or {_FIRST.size}"])
        return cls(*_FIRST.unpack(payload))

    def parse_reply(self, fields: bytes) -> SummaryReply:
        """See `SummaryReply.parse`."""
        return SummaryReply.parse(fields)
