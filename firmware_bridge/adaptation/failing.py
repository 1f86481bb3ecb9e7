"""Somebody says no, or nothing: leave him alone for longer each time, and never forget an edit on its way."""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.adaptation.actions import Action, End, Wait
from firmware_bridge.adaptation.events import Lost, Refused
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.state import State

RECONNECT_S = 1.0
RECONNECT_LIMIT_S = 60.0
REFUSAL_LIMIT_S = 600.0
_TRIES_FOR_ONE_LOOK = 3


def backoff_s(first_s: float, times: int, limit_s: float) -> float:
    """Seconds to wait after the `times`-th failure in a row (from 1): twice as long each time, up to the limit."""
    # The exponent is bounded too: a night of failures would overflow a float.
    return max(first_s, min(limit_s, first_s * 2.0 ** min(times - 1, 32)))


def lost(policy: Policy, state: State, event: Lost) -> tuple[State, Action]:
    """The link is gone. What was sent last may have arrived: the next look will tell."""
    losses = state.losses + 1
    unsure = event.sent if event.sent is not None else state.unsure
    state = replace(state, connected=False, losses=losses, unsure=unsure, running=None)
    unfinished = state.probation is not None or unsure is not None
    if policy.once and losses >= (_TRIES_FOR_ONE_LOOK if unfinished else 1):
        return state, End(event.why)
    return state, Wait(event.why, backoff_s(RECONNECT_S, losses, RECONNECT_LIMIT_S))


def refused(policy: Policy, state: State, event: Refused, now: float) -> tuple[State, Action]:
    """The device or the host refuses a step. An edit on probation stays in view; the device ends it if we cannot."""
    refusals = state.refusals + 1
    delay = max(event.wait_s, backoff_s(policy.interval_s, refusals, REFUSAL_LIMIT_S))
    state = replace(state, refusals=refusals, running=None, ready_at=max(state.ready_at, now + delay))
    if state.probation is not None:
        return state, Wait(event.why, policy.interval_s)
    return state, End(event.why) if policy.once else Wait(event.why, delay)


def taken_back(policy: Policy, state: State, now: float) -> tuple[State, Action]:
    """The edit on probation is gone: as good as a refusal."""
    return refused(policy, replace(state, probation=None), Refused("the edit on probation was taken back"), now)
