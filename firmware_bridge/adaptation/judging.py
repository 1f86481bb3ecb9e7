"""From a look at the drift to the next action: has the data shifted, is the context clean, may we act already?"""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.adaptation.actions import Action, Upload
from firmware_bridge.adaptation.pausing import later
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.state import SERIALS, State, Suspicion
from firmware_bridge.messages.watch import DRIFT_ONE, WatchReply


def judge(policy: Policy, state: State, look: WatchReply, now: float) -> tuple[State, Action]:
    """Upload the context, or wait and say why.

    A shift is suspected from the threshold on and until the drift falls below the band. The context then still holds
    windows from before; an edit is asked for when as many as it takes have come since. Where the first look already
    sees a shift, nobody knows since when, and the context is taken as it is; so it is with `once`.
    """
    if look.held < policy.min_windows:
        return later(policy, state, f"{look.held} windows held, {policy.min_windows} are wanted")
    drift = look.drift / DRIFT_ONE
    state = replace(state, suspicion=_suspect(policy, state.suspicion, look, drift))
    if state.suspicion.since is None:
        return later(policy, state, f"drift {drift:.2f} is below the threshold {policy.drift:g}")
    came = state.suspicion.windows(look.serial)
    if came < policy.min_windows:
        few = f"{came} windows since then, {policy.min_windows} are wanted"
        return later(policy, state, f"drift {drift:.2f} has reached {policy.drift:g}; {few}")
    if now < state.ready_at:
        left = state.ready_at - now
        return later(policy, state, f"drift {drift:.2f}, but the next edit may come in {left:.1f} s", left)
    return state, Upload(f"drift {drift:.2f} has reached {policy.drift:g}")


def _suspect(policy: Policy, before: Suspicion, look: WatchReply, drift: float) -> Suspicion:
    if drift < policy.quiet or (drift < policy.drift and before.since is None):
        return Suspicion(quiet_seen=True)
    if before.since is not None:
        return before
    since = look.serial if before.quiet_seen else (look.serial - policy.min_windows) % SERIALS
    return replace(before, since=since)
