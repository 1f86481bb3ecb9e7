"""A line whose far end a test writes itself, on a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from firmware_bridge.frame import Drop, Frame, Receiver
from firmware_bridge.link import Link

Arrival = tuple[float, bytes]
Script = Callable[[Frame, int], Iterable[Arrival]]


@dataclass
class ScriptedLine:
    """A line whose far end answers the n-th request with what the script says, each piece after its delay.

    `strange` answers what is no frame of this version.
    """

    script: Script
    strange: Callable[[Drop], Iterable[Arrival]] = lambda drop: pytest.fail(f"the host sent {drop}")
    name: str = "scripted"
    baud: int = 115_200
    now: float = 0.0
    sent: list[bytes] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    coming: list[Arrival] = field(default_factory=list)
    closed: bool = False
    _receiver: Receiver = field(default_factory=Receiver)

    def clock(self) -> float:
        """Virtual seconds."""
        return self.now

    def write(self, data: bytes) -> None:
        """Let the script answer."""
        self.sent.append(data)
        for frame in self._receiver.feed(data):
            if isinstance(frame, Drop):
                self.coming += [(self.now + delay, piece) for delay, piece in self.strange(frame)]
                continue
            self.frames.append(frame)
            self.coming += [(self.now + delay, piece) for delay, piece in self.script(frame, len(self.frames))]
        self.coming.sort(key=lambda arrival: arrival[0])

    def read(self, timeout_s: float) -> bytes:
        """The next piece, or time passes."""
        if self.coming and self.coming[0][0] <= self.now + timeout_s:
            at, piece = self.coming.pop(0)
            self.now = max(self.now, at)
            return piece
        self.now += timeout_s
        return b""

    def close(self) -> None:
        """Note it."""
        self.closed = True


def ok(frame: Frame, fields: bytes = bytes(8)) -> bytes:
    """The bytes of an OK reply."""
    return Frame(frame.kind | 0x80, frame.seq, b"\0" + fields).pack()


def linked(script: Script, **options: object) -> tuple[Link, ScriptedLine]:
    """A link on a scripted line."""
    line = ScriptedLine(script)
    return Link(line, clock=line.clock, first_seq=0xFFFE, **options), line  # type: ignore[arg-type]
