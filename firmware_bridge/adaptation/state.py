"""What the decision machine remembers between two events."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.adaptation.events import Inspected
from firmware_bridge.messages.watch import WatchReply

SERIALS = 1 << 32
"""The serial of a context is a u32."""


@dataclass(frozen=True)
class Probation:
    """A durable edit of ours that is not confirmed yet; its health is checked at `check_at`."""

    digest: bytes
    generation: int
    check_at: float


@dataclass(frozen=True)
class Suspicion:
    """What is thought of the drift.

    `quiet_seen`: there was a look below the threshold, so that the beginning of a shift can be told; `since`: the
    serial at which the shift was first seen, None while nothing is suspected.
    """

    quiet_seen: bool = False
    since: int | None = None

    def windows(self, serial: int) -> int:
        """How many embeddings came since the shift was first seen."""
        return 0 if self.since is None else (serial - self.since) % SERIALS


@dataclass(frozen=True)
class State:
    """The memory of one port's loop. Times are seconds of the caller's clock.

    `look` is the last reply to WATCH; `running` what runs, None until it was asked; `unsure` the digest of an edit that
    may have arrived; `ready_at` the end of cool-down or back-off; `refusals` and `losses` count failures in a row;
    `busy` looks in a row at which somebody else was writing an edit.
    """

    connected: bool = False
    stopping: bool = False
    look: WatchReply | None = None
    running: Inspected | None = None
    suspicion: Suspicion = Suspicion()
    probation: Probation | None = None
    unsure: bytes | None = None
    ready_at: float = float("-inf")
    refusals: int = 0
    losses: int = 0
    busy: int = 0
    adaptations: int = 0
