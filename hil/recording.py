"""A line that keeps what went over it: the bytes of each direction, and the frames that they were."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from firmware_bridge.frame import Frame, Receiver
from firmware_bridge.hexdump import hexdump
from firmware_bridge.messages.kinds import LOG_KIND, REPLY_BIT, TRACE_KIND, Kind
from firmware_bridge.transport import Transport

SENT: Final = "tx"
RECEIVED: Final = "rx"


@dataclass
class Recording:
    """What went over a line: chunks in order, as (seconds since the start, direction, bytes)."""

    chunks: list[tuple[float, str, bytes]] = field(default_factory=list)

    def bytes_of(self, direction: str) -> bytes:
        """All bytes of one direction."""
        return b"".join(data for _, way, data in self.chunks if way == direction)

    def frames(self) -> str:
        """One line a frame or dropped run of bytes, in the order of their ends."""
        receivers = {SENT: Receiver(), RECEIVED: Receiver()}
        lines = []
        for at_s, way, data in self.chunks:
            for came in receivers[way].feed(data):
                told = _frame(came) if isinstance(came, Frame) else f"dropped, {came.reason.value}: {came.detail}"
                lines.append(f"{at_s:10.6f} {way} {told}")
        return "".join(f"{line}\n" for line in lines)

    def save(self, folder: Path) -> None:
        """Write `rx.bin`, `tx.bin` and `frames.txt` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for way in (SENT, RECEIVED):
            (folder / f"{way}.bin").write_bytes(self.bytes_of(way))
        (folder / "frames.txt").write_text(self.frames())


class RecordingTransport:
    """`inner`, and a record of it."""

    def __init__(self, inner: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self.recording = Recording()
        self._inner = inner
        self._clock = clock
        self._start_s = clock()

    @property
    def name(self) -> str:
        """As `Transport.name`."""
        return self._inner.name

    @property
    def baud(self) -> int:
        """As `Transport.baud`."""
        return self._inner.baud

    def write(self, data: bytes) -> None:
        """As `Transport.write`."""
        self._keep(SENT, data)
        self._inner.write(data)

    def read(self, timeout_s: float) -> bytes:
        """As `Transport.read`."""
        data = self._inner.read(timeout_s)
        self._keep(RECEIVED, data)
        return data

    def close(self) -> None:
        """As `Transport.close`."""
        self._inner.close()

    def _keep(self, way: str, data: bytes) -> None:
        if data:
            self.recording.chunks.append((self._clock() - self._start_s, way, data))


def _frame(frame: Frame) -> str:
    name = _name(frame.kind)
    head = f"{name} seq {frame.seq}, {len(frame.payload)} bytes"
    return head if not frame.payload else f"{head}\n{hexdump(frame.payload)}"


def _name(kind: int) -> str:
    known = {LOG_KIND: "LOG", TRACE_KIND: "TRACE"}
    if kind in known:
        return known[kind]
    try:
        name = Kind(kind & ~REPLY_BIT).name
    except ValueError:
        return f"{kind:#04x}"
    return f"{name} reply" if kind & REPLY_BIT else name
