"""INFER and LOAD: an input goes to the device, an output comes back."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Kind
from firmware_bridge.messages.wire import require, unpack

_REMEMBER: Final = 1
_INLINE: Final = 2
_FORGET: Final = 4
_TRACE: Final = 8
_FLAGS: Final = struct.Struct("<B")
_REPLY: Final = struct.Struct("<BIII")
_OFFSET: Final = struct.Struct("<I")

INFER_OVERHEAD_BYTES: Final = _FLAGS.size
LOAD_OVERHEAD_BYTES: Final = _OFFSET.size


@dataclass(frozen=True)
class InferReply:
    """An inference: which bank served it, `ticks` of the device's counter, and the output if it fitted.

    `output` is empty where READ must fetch it; `output_bytes` is its whole size.
    """

    bank: int
    generation: int
    ticks: int
    output_bytes: int
    output: bytes

    WHAT: ClassVar[str] = "the reply to INFER"

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _REPLY.pack(self.bank, self.generation, self.ticks, self.output_bytes) + self.output

    @classmethod
    def parse(cls, fields: bytes) -> InferReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length.
        """
        bank, generation, ticks, size = unpack(cls.WHAT, _REPLY, fields, tail=True)
        output = fields[_REPLY.size :]
        require(cls.WHAT, [(len(output) in {0, size}, f"{len(output)} bytes of output, wanted {size} or none")])
        return cls(bank, generation, ticks, size, output)


@dataclass(frozen=True)
class Infer:
    """Run the model on `data`, or on what LOAD has sent where `data` is None.

    `remember` puts the embedding into the device's context ring; `forget` has a model that keeps state start anew;
    `trace` has the device send a trace frame for each operator before the reply.
    """

    data: bytes | None = None
    remember: bool = False
    forget: bool = False
    trace: bool = False

    KIND: ClassVar[Kind] = Kind.INFER

    def pack(self) -> bytes:
        """The frame's payload."""
        flags = (_REMEMBER if self.remember else 0) | (0 if self.data is None else _INLINE)
        flags |= (_FORGET if self.forget else 0) | (_TRACE if self.trace else 0)
        return _FLAGS.pack(flags) + (self.data or b"")

    @classmethod
    def parse(cls, payload: bytes) -> Infer:
        """Read the frame's payload.

        Raises:
            MalformedError: no flags, unknown flags, or input bytes that no flag announces.
        """
        (flags,) = unpack("INFER", _FLAGS, payload, tail=True)
        data = payload[_FLAGS.size :]
        inline = bool(flags & _INLINE)
        require(
            "INFER",
            [
                (flags & ~(_REMEMBER | _INLINE | _FORGET | _TRACE) == 0, f"unknown flags {flags:#04x}"),
                (inline or not data, f"{len(data)} input bytes without the flag that announces them"),
            ],
        )
        return cls(data if inline else None, bool(flags & _REMEMBER), bool(flags & _FORGET), bool(flags & _TRACE))

    def parse_reply(self, fields: bytes) -> InferReply:
        """See `InferReply.parse`."""
        return InferReply.parse(fields)


@dataclass(frozen=True)
class Load:
    """Put `data` at byte `offset` of the next input. The reply is the number of input bytes now there."""

    offset: int
    data: bytes

    KIND: ClassVar[Kind] = Kind.LOAD

    def pack(self) -> bytes:
        """The frame's payload."""
        return _OFFSET.pack(self.offset) + self.data

    @classmethod
    def parse(cls, payload: bytes) -> Load:
        """Read the frame's payload.

        Raises:
            MalformedError: shorter than its offset.
        """
        (offset,) = unpack("LOAD", _OFFSET, payload, tail=True)
        return cls(offset, payload[_OFFSET.size :])

    def parse_reply(self, fields: bytes) -> int:
        """Input bytes now there."""
        (there,) = unpack("the reply to LOAD", _OFFSET, fields)
        return int(there)
