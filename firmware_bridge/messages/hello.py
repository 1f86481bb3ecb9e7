"""HELLO: who is there. It fits any device and comes before everything else."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, ClassVar, Final

from firmware_bridge.messages.kinds import Kind, Rounding
from firmware_bridge.messages.wire import known, require, unpack
from toolchain.edit import Codec

_FIXED: Final = struct.Struct("<HBBHBBBBIIIHHHHHfII8s8s8sB")

LEAST_PAYLOAD: Final = 256
"""HELLO, STATUS and a useful piece of anything else fit into this many bytes."""


class Feature(IntFlag):
    """The flags of HELLO."""

    SIGNED_ONLY = 1
    HAS_KEY = 2
    HAS_STORAGE = 4


_EVERY_FEATURE: Final = Feature.SIGNED_ONLY | Feature.HAS_KEY | Feature.HAS_STORAGE


@dataclass(frozen=True)
class HelloReply:
    """What a device says of itself. Sizes in bytes unless the name says otherwise.

    An edit's counter must exceed `counter`; `journal_version` 0 means no storage; `device_id` is zeros where no key is.
    """

    firmware: tuple[int, int]
    edit_version: int
    journal_version: int
    max_payload: int
    rounding: Rounding
    features: Feature
    prototypes: int
    codec_mask: int
    adaptive_floats: int
    input_bytes: int
    output_bytes: int
    embedding_bytes: int
    context_capacity: int
    code_bytes: int
    trial_vectors: int
    trial_least: int
    largest_clip: float
    ticks_per_s: int
    counter: int
    base: bytes
    layout: bytes
    device_id: bytes
    platform: str

    WHAT: ClassVar[str] = "the reply to HELLO"

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """The edit codecs that both sides know."""
        return tuple(codec for codec in Codec if self.codec_mask >> codec & 1)

    @property
    def signed_only(self) -> bool:
        """Whether the device takes only signed edits; one that takes unsigned ones is a development build."""
        return Feature.SIGNED_ONLY in self.features

    @property
    def has_key(self) -> bool:
        """Whether the device holds a key, built in or provisioned."""
        return Feature.HAS_KEY in self.features

    @property
    def has_storage(self) -> bool:
        """Whether an edit can be made durable."""
        return Feature.HAS_STORAGE in self.features

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        name = self.platform.encode("ascii")
        return (
            _FIXED.pack(
                self.firmware[0] << 8 | self.firmware[1],
                self.edit_version,
                self.journal_version,
                self.max_payload,
                self.rounding,
                self.features,
                self.prototypes,
                self.codec_mask,
                self.adaptive_floats,
                self.input_bytes,
                self.output_bytes,
                self.embedding_bytes,
                self.context_capacity,
                self.code_bytes,
                self.trial_vectors,
                self.trial_least,
                self.largest_clip,
                self.ticks_per_s,
                self.counter,
                self.base,
                self.layout,
                self.device_id,
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
        firmware, edit, journal, max_payload, rounding, flags, *others, size = unpack(
            cls.WHAT, _FIXED, fields, tail=True
        )
        name = fields[_FIXED.size :]
        clip = others[10]
        require(
            cls.WHAT,
            [
                known(Rounding, rounding),
                (flags & ~int(_EVERY_FEATURE) == 0, f"flags {flags:#04x} hold bits of a later release"),
                (max_payload >= LEAST_PAYLOAD, f"max_payload {max_payload}, a device has at least {LEAST_PAYLOAD}"),
                (math.isfinite(clip) and clip >= 0, f"the largest T is {clip}"),
                (len(name) == size, f"the platform's name has {len(name)} bytes, wanted {size}"),
                (name.isascii(), f"the platform's name {name!r} is not ASCII"),
            ],
        )
        version = (firmware >> 8, firmware & 0xFF)
        sizes = [edit, journal, max_payload]
        values: list[Any] = [version, *sizes, Rounding(rounding), Feature(flags), *others, name.decode("ascii")]
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
