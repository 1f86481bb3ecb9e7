"""What came over the line while a reply was awaited: the answer to "and what did you get instead?"."""

from __future__ import annotations

from collections import Counter
from typing import Final

from firmware_bridge.frame import Drop, Reason
from firmware_bridge.hexdump import hexdump

_KEPT_BYTES: Final = 64


class Arrivals:
    """Counts of everything that arrived and was not the awaited reply."""

    def __init__(self) -> None:
        self.received_bytes = 0
        self.logs = 0
        self.strays: list[str] = []
        self.drops: list[Drop] = []
        self._last = b""

    def bytes_came(self, data: bytes) -> None:
        """Note raw bytes, whatever they turn out to be."""
        self.received_bytes += len(data)
        self._last = (self._last + data)[-_KEPT_BYTES:]

    @property
    def other_version(self) -> Drop | None:
        """An intact frame of another wire version, if one came."""
        return next((drop for drop in self.drops if drop.reason is Reason.BAD_VERSION), None)

    @property
    def nothing_intact(self) -> bool:
        """Bytes came, and not one intact frame was among them."""
        return self.received_bytes > 0 and not self.strays and not self.logs

    def describe(self) -> str:
        """One line of counts, every reason for a dropped frame, and the last bytes."""
        if not self.received_bytes:
            return "not one byte"
        parts = [f"{self.received_bytes} bytes"]
        if self.logs:
            parts.append(f"{self.logs} log line(s)")
        parts += [f"{count} x {text}" for text, count in Counter(self.strays).items()]
        parts += [f"dropped: {drop.reason.value} ({drop.detail})" for drop in self.drops]
        return "; ".join(parts) + "; the last bytes:\n" + hexdump(self._last)
