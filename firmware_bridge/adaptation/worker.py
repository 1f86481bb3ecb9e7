"""One port's loop: decide, act, tell, until there is an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_bridge.adaptation.actions import Action, End
from firmware_bridge.adaptation.events import Checked, Event, Lost, Proposed, Refused, Stopping, Unfit
from firmware_bridge.adaptation.machine import begin, step
from firmware_bridge.adaptation.performing import Hands
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.record import Journal, Record
from firmware_bridge.messages.watch import DRIFT_ONE


@dataclass(frozen=True)
class Outcome:
    """How one port's loop went: did the device ever answer, how often was it adapted, why did it end.

    `fault` says why this device cannot be adapted at all, None if it can; `bytes` went over the wire, both directions.
    """

    port: str
    answered: bool
    adaptations: int
    bytes: int
    reason: str
    fault: str | None


@dataclass
class Worker:
    """The loop of one port.

    Args:
        port: its name in the log.
        hands: carries out what is decided.
        policy: decides.
        journal: hears of every step.
        wanted_to_stop: asked before each action.
        clock: seconds that never go back.
    """

    port: str
    hands: Hands
    policy: Policy
    journal: Journal
    wanted_to_stop: Callable[[], bool]
    clock: Callable[[], float] = time.monotonic
    _change: float | None = field(default=None, init=False)

    def run(self) -> Outcome:
        """Run until the machine wants to end; the port is closed then, however it ends."""
        state, action = begin()
        fault: str | None = None
        try:
            while not isinstance(action, End):
                if self.wanted_to_stop() and not state.stopping:
                    state, action = step(self.policy, state, Stopping(), self.clock())
                    continue
                event = self._act(action)
                fault = event.why if isinstance(event, Unfit) else fault
                state, action = step(self.policy, state, event, self.clock())
        finally:
            self.hands.close()
        self._note(action, "ended", None, 0, 0.0)
        return Outcome(self.port, self.hands.met, state.adaptations, self.hands.cost.wire_bytes, action.reason, fault)

    def _act(self, action: Action) -> Event:
        before, started = self.hands.cost.wire_bytes, self.clock()
        event = self.hands.perform(action)
        if isinstance(event, Proposed):
            self._change = event.change
        seconds = self.clock() - started
        self._note(action, _name(event), _detail(event), self.hands.cost.wire_bytes - before, seconds)
        return event

    def _note(self, action: Action, outcome: str, detail: str | None, size: int, seconds: float) -> None:
        look, plan = self.hands.look, self.hands.plan
        self.journal.note(
            Record(
                port=self.port,
                step=_name(action),
                reason=action.reason,
                outcome=outcome,
                detail=detail,
                report=None if detail is None else self.hands.report,
                drift=None if look is None else round(look.drift / DRIFT_ONE, 3),
                prototype=None if plan is None else plan.edit.prototype,
                norms=None if plan is None else [round(float(norm), 5) for norm in plan.proposal.norms],
                change=None if self._change is None else round(self._change, 5),
                bytes=size,
                seconds=round(seconds, 4),
            )
        )


def _name(thing: object) -> str:
    return type(thing).__name__.removesuffix("Reply").lower()


def _detail(event: Event) -> str | None:
    match event:
        case Lost() | Refused() | Unfit():
            return event.why
        case Checked():
            return event.fault
        case _:
            return None
