"""The decision machine against a world that answers as it likes: what it holds to, whatever comes in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.adaptation.actions import (
    Action,
    Check,
    Confirm,
    Connect,
    Deliver,
    End,
    Inspect,
    Propose,
    Rebase,
    Revert,
    Upload,
    Wait,
    Watch,
)
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
    Uploaded,
    Waited,
)
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.messages import EditState
from firmware_bridge.messages.watch import DRIFT_ONE, WatchReply
from tests.firmware_bridge.adaptation.machine_driver import FACTORY, Driver

POLICIES = st.builds(
    Policy,
    interval_s=st.floats(0.1, 30),
    drift=st.floats(1.0, 20),
    band=st.floats(0.1, 1.0),
    min_windows=st.integers(1, 40),
    min_change=st.floats(0.0, 0.5),
    cool_down_s=st.floats(0.0, 120),
    durable=st.booleans(),
    confirm_after_s=st.floats(0.0, 30),
    max_adaptations=st.none() | st.integers(1, 3),
)
DIGESTS = st.sampled_from([b"factory!", b"edit one", b"edit two"])
RUNNING = st.builds(Inspected, DIGESTS, st.none() | st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
LOOKS = st.builds(
    WatchReply,
    st.integers(0, 40),
    st.integers(0, 200),
    st.integers(0, 30 * DRIFT_ONE),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(EditState),
)
TROUBLE = st.builds(Lost, st.just("gone")) | st.builds(Refused, st.just("no"), st.floats(0, 100))


TROUBLED: dict[type[Action], st.SearchStrategy[Event]] = {
    Watch: LOOKS,
    Inspect: RUNNING,
    Rebase: st.builds(Rebased),
    Upload: st.builds(Uploaded, st.integers(1, 40)),
    Deliver: st.builds(Delivered, RUNNING) | st.builds(Lost, st.just("gone"), DIGESTS),
    Check: st.builds(Checked, st.none() | st.just("ill")),
    Confirm: st.builds(Confirmed),
    Revert: st.builds(Reverted),
}
ANSWERS: dict[type[Action], st.SearchStrategy[Event]] = {
    Connect: st.builds(Connected) | st.builds(Lost, st.just("nobody")),
    Wait: st.builds(Waited),
    Propose: st.builds(Proposed, st.integers(1, 3), st.floats(0, 1)) | st.builds(Refused, st.just("no windows")),
    **{kind: good | TROUBLE for kind, good in TROUBLED.items()},
}
"""What the world may say to each action."""


@settings(max_examples=300, deadline=None)
@given(st.data(), POLICIES)
def test_any_world_sees_rates_reasons_and_an_end_in_order(data: st.DataObject, policy: Policy) -> None:
    """Edits keep their distance, pay, follow a drift and enough windows; CONFIRM follows a check without a fault."""
    driver = Driver(policy)
    heard: list[Event] = []
    for _ in range(data.draw(st.integers(1, 60))):
        action = driver.action
        require_grounds(driver, policy, heard)
        if isinstance(action, End):
            break
        stop = data.draw(st.integers(0, 40)) == 40
        heard.append(Stopping() if stop else data.draw(ANSWERS[type(action)]))
        driver.now += action.seconds if isinstance(action, Wait) else data.draw(st.floats(0, 2))
        driver.tell(heard[-1])
    sent = [when for when, wanted in driver.wanted if isinstance(wanted, Deliver)]
    assert all(later - earlier >= policy.cool_down_s - 1e-6 for earlier, later in pairwise(sent))


def require_grounds(driver: Driver, policy: Policy, heard: list[Event]) -> None:
    """What the machine wants now has its grounds in what it heard."""
    action = driver.action
    assert action.reason
    looks = [event for event in heard if isinstance(event, WatchReply)]
    match action:
        case Upload():
            assert looks[-1].held >= policy.min_windows
            assert looks[-1].drift / DRIFT_ONE >= policy.drift * policy.band
            assert looks[-1].edit_state is not EditState.PROBATION
        case Deliver():
            assert isinstance(heard[-1], Proposed)
            assert heard[-1].change >= policy.min_change
            assert any(isinstance(event, Uploaded) for event in heard[-2:])
        case Confirm():
            assert heard[-1] == Checked(None)
            assert driver.state.probation is not None
            assert action.digest == driver.state.probation.digest
        case Wait():
            assert action.seconds >= 0
            if isinstance(heard[-1], Lost):
                assert action.seconds >= 1
            if isinstance(heard[-1], Refused):
                assert action.seconds >= policy.interval_s
        case End():
            if isinstance(heard[-1], Stopping) and driver.state.connected:
                assert driver.state.probation is None or isinstance(heard[-2], Stopping)
        case _:
            pass


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.0, 5.99), min_size=1, max_size=50), st.integers(0, 40))
def test_a_stationary_device_is_never_asked_for_anything(drifts: list[float], held: int) -> None:
    """Below the threshold there are looks and waits, and nothing else."""
    driver = Driver(Policy(drift=6.0, min_windows=32))
    serial = held
    driver.hear(Connected(), WatchReply(held, serial, 0, 0, 0, EditState.IDLE), FACTORY)
    for drift in drifts:
        serial += 5
        driver.hear(WatchReply(min(32, serial), serial, int(drift * DRIFT_ONE), 0, 0, EditState.IDLE))
    assert not any(isinstance(action, Upload | Rebase | Deliver) for _, action in driver.wanted)
    assert all(action.seconds == driver.policy.interval_s for _, action in driver.wanted if isinstance(action, Wait))
