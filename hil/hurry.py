"""A line on which nobody waits for what cannot come.

Behind a `FaultyTransport` most waits are for frames that were lost on purpose. This line sees what really passes: while
the device owes an answer to an intact frame, a wait is real; while it owes none, a wait is over at once and a clock of
its own jumps to its end. What the host does is the same, frame by frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_bridge.frame import Drop, Frame, Receiver
from firmware_bridge.messages import LOG_KIND, TRACE_KIND
from firmware_bridge.transport import Transport

_UNASKED = frozenset({LOG_KIND, TRACE_KIND})


@dataclass
class HurriedTransport:
    """`inner`, whose waits end when nothing can come; `clock` is the one that a `Link` on it goes by."""

    inner: Transport
    real_clock: Callable[[], float] = time.monotonic
    _skipped_s: float = 0.0
    _owed: int = 0
    _there: Receiver = field(default_factory=Receiver)
    _back: Receiver = field(default_factory=Receiver)

    def clock(self) -> float:
        """Seconds that never go back: the real ones and those that nobody waited for."""
        return self.real_clock() + self._skipped_s

    @property
    def name(self) -> str:
        """As `Transport.name`."""
        return self.inner.name

    @property
    def baud(self) -> int:
        """As `Transport.baud`."""
        return self.inner.baud

    def write(self, data: bytes) -> None:
        """As `Transport.write`."""
        self._owed += len(_frames(self._there.feed(data)))
        self.inner.write(data)

    def read(self, timeout_s: float) -> bytes:
        """As `Transport.read`, at once where no answer is owed."""
        if not self._owed:
            self._skipped_s += timeout_s
            return b""
        data = self.inner.read(timeout_s)
        answers = [frame for frame in _frames(self._back.feed(data)) if frame.kind not in _UNASKED]
        # After a whole wait without a byte nothing is owed any more: the device took a frame for damaged.
        self._owed = max(0, self._owed - len(answers)) if data else 0
        return data

    def close(self) -> None:
        """As `Transport.close`."""
        self.inner.close()


def _frames(items: list[Frame | Drop]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]
