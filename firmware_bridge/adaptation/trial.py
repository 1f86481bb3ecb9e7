"""The time between COMMIT and CONFIRM: wait, check, then confirm or take back."""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.adaptation import failing
from firmware_bridge.adaptation.actions import Action, Check, Confirm, Revert, Wait
from firmware_bridge.adaptation.events import Checked, Inspected, Refused
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.state import Probation, State
from firmware_bridge.messages import EditState
from firmware_bridge.messages.watch import WatchReply


def begun(policy: Policy, state: State, running: Inspected, now: float) -> tuple[State, Action]:
    """The device runs a durable edit, unconfirmed."""
    check_at = now + policy.confirm_after_s
    state = replace(state, probation=Probation(running.digest, running.generation, check_at))
    return state, Wait("the edit runs on probation", policy.confirm_after_s)


def watched(policy: Policy, state: State, look: WatchReply, now: float) -> tuple[State, Action]:
    """A look while an edit of ours should be on probation."""
    probation = state.probation
    if probation is None or look.edit_state is not EditState.PROBATION or look.generation != probation.generation:
        gone = Refused("the probation ended without our CONFIRM: the device was reset, or somebody settled it")
        return failing.refused(policy, replace(state, probation=None), gone, now)
    if now < probation.check_at:
        return state, Wait("the edit runs on probation", min(policy.interval_s, probation.check_at - now))
    return state, Check("the edit has run long enough", probation.digest)


def checked(state: State, event: Checked) -> tuple[State, Action]:
    """Confirm what is healthy; take back what is not."""
    if event.fault is not None or state.probation is None:
        return state, Revert(event.fault or "there is no edit of ours on probation")
    return state, Confirm("the device is well with the edit", state.probation.digest)
