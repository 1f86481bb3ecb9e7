"""Drives the decision machine on a virtual clock and keeps what it wanted."""

from __future__ import annotations

from firmware_bridge.adaptation.actions import Action, Wait
from firmware_bridge.adaptation.events import Connected, Event, Inspected, Waited
from firmware_bridge.adaptation.machine import begin, step
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.messages import EditState
from firmware_bridge.messages.watch import DRIFT_ONE, WatchReply

FACTORY = Inspected(b"factory!", 0, 0, 0)


def look(
    drift: float,
    serial: int = 100,
    *,
    held: int = 32,
    runs: Inspected = FACTORY,
    edit_state: EditState = EditState.IDLE,
) -> WatchReply:
    """A reply to WATCH with a drift in ones."""
    return WatchReply(held, serial, round(drift * DRIFT_ONE), runs.generation, runs.counter, edit_state)


class Driver:
    """One machine; `action` is what it wants next, `now` the virtual seconds."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.now = 1000.0
        self.state, self.action = begin()
        self.wanted: list[tuple[float, Action]] = [(self.now, self.action)]

    def hear(self, *events: Event) -> Action:
        """Tell it what happened; a wait that it wants passes before the next event is told."""
        for event in events:
            if isinstance(self.action, Wait) and not isinstance(event, Waited):
                self.pass_time()
            self.tell(event)
        return self.action

    def pass_time(self, seconds: float | None = None) -> None:
        """Let the wait that it wants pass."""
        assert isinstance(self.action, Wait)
        self.now += self.action.seconds if seconds is None else seconds
        self.tell(Waited())

    def tell(self, event: Event) -> None:
        """Tell it what happened, now."""
        self.state, self.action = step(self.policy, self.state, event, self.now)
        self.wanted.append((self.now, self.action))

    def connected(self, first: WatchReply) -> Action:
        """Connect, look and inspect."""
        return self.hear(Connected(), first, FACTORY)
