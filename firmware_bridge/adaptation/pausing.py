"""Nothing more to do for now: wait, or end where one look was all that was wanted."""

from __future__ import annotations

from firmware_bridge.adaptation.actions import Action, End, Wait
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.state import State


def later(policy: Policy, state: State, reason: str, longest_s: float | None = None) -> tuple[State, Action]:
    """Wait for the next look, at most `longest_s`."""
    if policy.once:
        return state, End(reason)
    seconds = policy.interval_s if longest_s is None else min(policy.interval_s, longest_s)
    return state, Wait(reason, seconds)
