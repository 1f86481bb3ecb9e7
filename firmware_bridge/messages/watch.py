"""WATCH: how far the context has drifted from its reference, in the fewest bytes that a loop needs."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import EditState, Kind
from firmware_bridge.messages.wire import known, require, unpack
from toolchain.statistics import DRIFT_ONE

__all__ = ["DRIFT_ONE", "Watch", "WatchReply"]

_ANCHOR: Final = 1
_REQUEST: Final = struct.Struct("<B")
_REPLY: Final = struct.Struct("<HIIIIB")


@dataclass(frozen=True)
class WatchReply:
    """The drift of `held` embeddings in 1/256; an edit's counter must exceed `counter`."""

    held: int
    serial: int
    drift: int
    generation: int
    counter: int
    edit_state: EditState

    WHAT: ClassVar[str] = "the reply to WATCH"

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _REPLY.pack(self.held, self.serial, self.drift, self.generation, self.counter, self.edit_state)

    @classmethod
    def parse(cls, fields: bytes) -> WatchReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length, or an edit state that does not exist.
        """
        held, serial, drift, generation, counter, state = unpack(cls.WHAT, _REPLY, fields)
        require(cls.WHAT, [known(EditState, state)])
        return cls(held, serial, drift, generation, counter, EditState(state))


@dataclass(frozen=True)
class Watch:
    """Ask for the drift; with `anchor` the present context becomes the reference afterwards."""

    anchor: bool = False

    KIND: ClassVar[Kind] = Kind.WATCH

    def pack(self) -> bytes:
        """The frame's payload."""
        return _REQUEST.pack(_ANCHOR if self.anchor else 0)

    @classmethod
    def parse(cls, payload: bytes) -> Watch:
        """Read the frame's payload.

        Raises:
            MalformedError: wrong length or unknown flags.
        """
        (flags,) = unpack("WATCH", _REQUEST, payload)
        require("WATCH", [(flags & ~_ANCHOR == 0, f"unknown flags {flags:#04x}")])
        return cls(bool(flags & _ANCHOR))

    def parse_reply(self, fields: bytes) -> WatchReply:
        """See `WatchReply.parse`."""
        return WatchReply.parse(fields)
