"""The history: what the last switches of a device were (READ, region 4)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from firmware_bridge.messages.kinds import Event
from firmware_bridge.messages.wire import MalformedError, known, require

_ENTRY: Final = struct.Struct("<IIBBBB8sI")
HISTORY_ENTRIES: Final = 8
"""A device remembers at most this many events."""

HISTORY_BYTES: Final = HISTORY_ENTRIES * _ENTRY.size


@dataclass(frozen=True)
class HistoryEntry:
    """One event. `codec` is the number on the wire; `seconds` count from the reset."""

    generation: int
    counter: int
    event: Event
    prototype: int
    codec: int
    bank: int
    digest: bytes
    seconds: int

    WHAT: ClassVar[str] = "the history"

    def pack(self) -> bytes:
        """24 bytes."""
        return _ENTRY.pack(
            self.generation,
            self.counter,
            self.event,
            self.prototype,
            self.codec,
            self.bank,
            self.digest,
            self.seconds,
        )


def parse_history(region: bytes) -> tuple[HistoryEntry, ...]:
    """The events of the whole region, oldest first.

    Raises:
        MalformedError: not a whole number of entries, or an event that does not exist.
    """
    if len(region) % _ENTRY.size:
        raise MalformedError(HistoryEntry.WHAT, [f"{len(region)} bytes, an entry has {_ENTRY.size}"])
    entries = []
    for generation, counter, event, *others in _ENTRY.iter_unpack(region):
        require(HistoryEntry.WHAT, [known(Event, event)])
        entries.append(HistoryEntry(generation, counter, Event(event), *others))
    return tuple(entries)
