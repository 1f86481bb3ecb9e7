"""The decision machine of the adapt loop: pure, one port, its clock comes in with each event.

state, action = begin()
while not isinstance(action, End):
    state, action = step(policy, state, perform(action), clock())

What it holds to, whatever comes in (tests/firmware_bridge/adaptation/test_machine.py):

1. two edits are at least the cool-down apart, whatever became of the first;
2. no edit without a drift that reached the threshold, enough windows, and a change that pays;
3. a durable edit is confirmed only after its health was checked, and an unhealthy one is taken back;
4. failures in a row are answered with longer and longer waits;
5. the end comes in order: an edit of ours on probation is taken back first, unless nobody answers.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.adaptation import failing, trial
from firmware_bridge.adaptation.actions import Action, Connect, Deliver, End, Inspect, Propose, Rebase, Revert, Watch
from firmware_bridge.adaptation.events import (
    Checked,
    Confirmed,
    Connected,
    Delivered,
    Event,
    Inspected,
    Lost,
    Proposed,
    Rebased,
    Refused,
    Reverted,
    Stopping,
    Unfit,
    Uploaded,
    Waited,
)
from firmware_bridge.adaptation.judging import judge
from firmware_bridge.adaptation.pausing import later
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.state import State, Suspicion
from firmware_bridge.messages import EditState
from firmware_bridge.messages.watch import WatchReply

_BUSY_LOOKS = 2
"""At so many looks in a row an edit that somebody else began counts as abandoned."""


def begin() -> tuple[State, Action]:
    """The first state, and what to do first."""
    return State(), Connect("start")


def step(  # noqa: C901, PLR0911, PLR0912  # one line a kind of event
    policy: Policy, state: State, event: Event, now: float
) -> tuple[State, Action]:
    """The next state and what to do next, after `event` at `now` seconds."""
    match event:
        case Stopping():
            return _stop(state)
        case Unfit():
            return state, End(event.why)
        case _ if state.stopping:
            return state, End("asked to stop")
        case Connected():
            return replace(state, connected=True, losses=0), Watch("connected")
        case Waited():
            return state, Watch("time to look") if state.connected else Connect("try again")
        case WatchReply():
            return _watched(policy, state, event, now)
        case Inspected():
            return _inspected(policy, state, event, now)
        case Rebased():
            return later(policy, state, "it did not pay; the present context is the reference")
        case Uploaded():
            known = None if state.running is None else state.running.prototype
            return state, Propose(f"{event.held} windows have come", known)
        case Proposed():
            return _proposed(policy, state, event, now)
        case Delivered():
            return _delivered(policy, state, event.running, now)
        case Lost():
            return failing.lost(policy, state, event)
        case Refused():
            return failing.refused(policy, state, event, now)
        case Checked():
            return trial.checked(state, event)
        case Confirmed():
            return _adapted(policy, replace(state, probation=None), "the edit is confirmed")
        case Reverted():
            return failing.taken_back(policy, state, now)


def _watched(policy: Policy, state: State, look: WatchReply, now: float) -> tuple[State, Action]:
    state = _remember(state, look)
    if state.probation is not None:
        return trial.watched(policy, state, look, now)
    running = state.running
    if running is None or (running.generation, running.counter) != (look.generation, look.counter):
        reason = "what runs is not known" if running is None else "the bank changed without us"
        return replace(state, running=None), Inspect(reason)
    return _free(policy, state, look, now)


def _remember(state: State, look: WatchReply) -> State:
    """Keep the look; a serial that went back is a device that was reset."""
    if state.look is not None and look.serial < state.look.serial:
        state = replace(state, suspicion=Suspicion(), running=None)
    idle = look.edit_state is EditState.IDLE
    return replace(state, look=look, busy=0 if idle else state.busy + 1)


def _free(policy: Policy, state: State, look: WatchReply, now: float) -> tuple[State, Action]:
    """No edit of ours is under way; judge the drift, unless somebody else is at work."""
    if look.edit_state is EditState.PROBATION:
        return later(policy, state, "an edit that is not ours is on probation")
    if 0 < state.busy < _BUSY_LOOKS and not policy.once:
        return later(policy, state, "another host is writing an edit")
    return judge(policy, state, look, now)


def _inspected(policy: Policy, state: State, event: Inspected, now: float) -> tuple[State, Action]:
    state, arrived = replace(state, running=event, unsure=None), state.unsure == event.digest
    if arrived:
        return _delivered(policy, state, event, now)
    if state.look is None:
        return state, Watch("time to look")
    return _free(policy, state, state.look, now)


def _proposed(policy: Policy, state: State, event: Proposed, now: float) -> tuple[State, Action]:
    # Set before the outcome is known, so that no outcome can shorten the time to the next edit.
    state = replace(state, ready_at=max(state.ready_at, now + policy.cool_down_s))
    if event.change < policy.min_change:
        few = f"it does not pay: the bank would change by {event.change:.3f} T, {policy.min_change:g} T are wanted"
        return _settled(state), Rebase(few)
    reason = f"it pays: prototype {event.prototype} and its edit change the bank by {event.change:.3f} T"
    return state, Deliver(reason, policy.durable)


def _settled(state: State) -> State:
    """The present context is the reference from here on."""
    return replace(state, suspicion=Suspicion(quiet_seen=True), refusals=0)


def _delivered(policy: Policy, state: State, running: Inspected, now: float) -> tuple[State, Action]:
    state = replace(_settled(state), running=running, unsure=None)
    if policy.durable:
        return trial.begun(policy, state, running, now)
    return _adapted(policy, state, "the edit runs")


def _adapted(policy: Policy, state: State, what: str) -> tuple[State, Action]:
    """One adaptation is complete."""
    state = replace(state, adaptations=state.adaptations + 1)
    if policy.max_adaptations is not None and state.adaptations >= policy.max_adaptations:
        return state, End(f"{what}; that was adaptation {state.adaptations} of {policy.max_adaptations}")
    return later(policy, state, what)


def _stop(state: State) -> tuple[State, Action]:
    if state.stopping:
        return state, End("asked to stop")
    state = replace(state, stopping=True)
    if state.probation is not None and state.connected:
        return state, Revert("asked to stop before the edit was confirmed")
    return state, End("asked to stop")
