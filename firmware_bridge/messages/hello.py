"""HELLO: who is there. It fits any device and comes before everything else."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from firmware_bridge.messages.kinds import Kind, Rounding
from firmware_bridge.messages.wire import known, require, unpack
from toolchain.edit import Codec

_FIXED: Final = struct.Struct("<HHBBBBIIIHHII8s8sB")
_FLAG_SIGNED_ONLY: Final = 1

LEAST_PAYLOAD: Final = 64
"""BEGIN, HELLO's own fields and a useful piece of anything else fit into this many bytes."""


@dataclass(frozen=True)
class HelloReply:
    """What a device says of itself. Sizes in bytes unless the name says otherwise."""

    firmware: tuple[int, int]
    max_payload: int
    rounding: Rounding
    signed_only: bool
    prototypes: int
    codec_mask: int
    adaptive_floats: int
    input_bytes: int
    output_bytes: int
    embedding_bytes: int
    context_capacity: int
    ticks_per_s: int
    counter: int
    base: bytes
    layout: bytes
    platform: str

    WHAT: ClassVar[str] = "the reply to HELLO"

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """The edit codecs that both sides know."""
        return tuple(codec for codec in Codec if self.codec_mask >> codec & 1)

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        name = self.platform.encode("ascii")
        return (
            _FIXED.pack(
                self.firmware[0] << 8 | self.firmware[1],
                self.max_payload,
                self.rounding,
                _FLAG_SIGNED_ONLY if self.signed_only else 0,
                self.prototypes,
                self.codec_mask,
                self.adaptive_floats,
                self.input_bytes,
                self.output_bytes,
                self.embedding_bytes,
                self.context_capacity,
                self.ticks_per_s,
                self.counter,
                self.base,
                self.layout,
                len(name),
            )
            + name
        )

    @classmethod
    def parse(cls, fields: bytes) -> HelloReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length, an unknown rounding contract, flags of a later release, a name not in ASCII.
        """
        firmware, max_payload, rounding, flags, *others, name_size = unpack(cls.WHAT, _FIXED, fields, tail=True)
        name = fields[_FIXED.size :]
        require(
            cls.WHAT,
            [
                known(Rounding, rounding),
                (flags & ~_FLAG_SIGNED_ONLY == 0, f"flags {flags:#04x} hold bits of a later release"),
                (max_payload >= LEAST_PAYLOAD, f"max_payload {max_payload}, a device has at least {LEAST_PAYLOAD}"),
                (len(name) == name_size, f"the platform's name has {len(name)} bytes, wanted {name_size}"),
                (name.isascii(), f"the platform's name {name!r} is not ASCII"),
            ],
        )
        version = (firmware >> 8, firmware & 0xFF)
        signed_only = bool(flags & _FLAG_SIGNED_ONLY)
        values: list[Any] = [version, max_payload, Rounding(rounding), signed_only, *others, name.decode("ascii")]
        return cls(*values)


@dataclass(frozen=True)
class Hello:
    """Ask a device who it is."""

    KIND: ClassVar[Kind] = Kind.HELLO

    def pack(self) -> bytes:
        """The frame's payload: empty."""
        return b""

    def parse_reply(self, fields: bytes) -> HelloReply:
        """See `HelloReply.parse`."""
        return HelloReply.parse(fields)
