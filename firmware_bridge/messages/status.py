"""STATUS: which bank runs, how far an edit is, what a reset brings back, and every counter of the device."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from firmware_bridge.messages.kinds import Boot, Code, EditState, Kind
from firmware_bridge.messages.wire import known, require, unpack

_FIXED: Final = struct.Struct("<BBBIIII8s8s8sB")

COUNTERS: Final = (
    "rx_bytes",
    "rx_frames",
    "discarded_bytes",
    "bad_cobs",
    "too_short",
    "too_long",
    "bad_crc",
    "bad_version",
    "replayed",
    *(code.name.lower() for code in Code if code is not Code.OK),
    "inferences",
    "applies",
    "commits",
    "confirms",
    "reverts",
    "ran_out",
)
"""Names of the counters in their order on the wire; a later device may send more."""


@dataclass(frozen=True)
class StatusReply:
    """The state of a device. `counters` is as long as the device made it.

    An edit's counter must exceed `counter`; a reset brings back the bank of `confirmed_digest` and `confirmed_counter`.
    """

    edit_state: EditState
    active_bank: int
    boot: Boot
    generation: int
    counter: int
    confirmed_counter: int
    probation_ms: int
    active_digest: bytes
    other_digest: bytes
    confirmed_digest: bytes
    counters: tuple[int, ...]

    WHAT: ClassVar[str] = "the reply to STATUS"

    @property
    def named_counters(self) -> dict[str, int]:
        """The counters by name; those of a later release are called `counter_<place>`."""
        names = [*COUNTERS, *(f"counter_{place}" for place in range(len(COUNTERS), len(self.counters)))]
        return dict(zip(names, self.counters, strict=False))

    def pack(self) -> bytes:
        """The fields behind the status byte."""
        return _FIXED.pack(
            self.edit_state,
            self.active_bank,
            self.boot,
            self.generation,
            self.counter,
            self.confirmed_counter,
            self.probation_ms,
            self.active_digest,
            self.other_digest,
            self.confirmed_digest,
            len(self.counters),
        ) + struct.pack(f"<{len(self.counters)}I", *self.counters)

    @classmethod
    def parse(cls, fields: bytes) -> StatusReply:
        """Read the fields behind the status byte.

        Raises:
            MalformedError: wrong length, or an edit state or a kind of boot that does not exist.
        """
        state, bank, boot, *numbers, active, other, confirmed, count = unpack(cls.WHAT, _FIXED, fields, tail=True)
        tail = fields[_FIXED.size :]
        require(
            cls.WHAT,
            [
                known(EditState, state),
                known(Boot, boot),
                (len(tail) == 4 * count, f"{len(tail)} bytes of counters, wanted {4 * count}"),
            ],
        )
        counters = struct.unpack(f"<{count}I", tail)
        values: list[Any] = [EditState(state), bank, Boot(boot), *numbers, active, other, confirmed, counters]
        return cls(*values)


@dataclass(frozen=True)
class Status:
    """Ask for the state and the counters."""

    KIND: ClassVar[Kind] = Kind.STATUS

    def pack(self) -> bytes:
        """The frame's payload: empty."""
        return b""

    def parse_reply(self, fields: bytes) -> StatusReply:
        """See `StatusReply.parse`."""
        return StatusReply.parse(fields)
