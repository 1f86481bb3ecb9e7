"""The decision machine, one decision at a time."""

from __future__ import annotations

import pytest

from firmware_bridge.adaptation.actions import (
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
from firmware_bridge.adaptation.failing import RECONNECT_LIMIT_S, REFUSAL_LIMIT_S
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.errors import BridgeError
from firmware_bridge.messages import EditState
from tests.firmware_bridge.adaptation.machine_driver import FACTORY, Driver, look

POLICY = Policy(interval_s=10, drift=6, band=0.5, min_windows=32, min_change=0.05, cool_down_s=60)
DURABLE = Policy(drift=6, min_windows=32, durable=True, confirm_after_s=20)
ONCE = Policy(drift=6, min_windows=32, once=True)
EDITED = Inspected(b"edited!!", 2, 1, 1)
DELIVERED = Delivered(EDITED)


def wait_of(action: object, *words: str) -> float:
    """The seconds of a wait whose reason has `words`."""
    assert isinstance(action, Wait), action
    for word in words:
        assert word in action.reason
    return action.seconds


def test_a_shift_that_was_there_first_is_adapted_to_at_once() -> None:
    """Connect, look, inspect, upload, propose from the prototype that runs, deliver, wait for the next look."""
    driver = Driver(POLICY)
    assert driver.action == Connect("start")
    assert isinstance(driver.hear(Connected()), Watch)
    assert isinstance(driver.hear(look(9.0)), Inspect)
    assert driver.hear(FACTORY) == Upload("drift 9.00 has reached 6")
    assert driver.hear(Uploaded(32)) == Propose("32 windows have come", 0)
    action = driver.hear(Proposed(2, 0.4))
    assert isinstance(action, Deliver)
    assert not action.durable
    assert "prototype 2" in action.reason
    assert wait_of(driver.hear(DELIVERED), "the edit runs") == POLICY.interval_s
    assert wait_of(driver.hear(look(0.1, runs=EDITED)), "below the threshold") == POLICY.interval_s


def test_a_shift_seen_to_begin_must_fill_the_context_first() -> None:
    """The context still holds windows from before; the machine waits for as many new ones as it needs."""
    driver = Driver(POLICY)
    wait_of(driver.connected(look(1.0, 100)), "below the threshold")
    wait_of(driver.hear(look(6.1, 110)), "0 windows since then, 32 are wanted")
    wait_of(driver.hear(look(20.0, 141)), "31 windows since then")
    assert isinstance(driver.hear(look(20.0, 142)), Upload)


def test_a_suspicion_ends_below_the_band_and_not_sooner() -> None:
    """Between band and threshold an old suspicion lives on, and a new one does not begin."""
    driver = Driver(POLICY)
    driver.connected(look(1.0, 100))
    wait_of(driver.hear(look(5.9, 110)), "below the threshold")
    driver.hear(look(6.0, 120), look(3.0, 150))
    wait_of(driver.action, "30 windows since then")
    wait_of(driver.hear(look(2.9, 151)), "below the threshold")
    wait_of(driver.hear(look(7.0, 190)), "0 windows since then")


def test_too_few_windows_are_waited_for() -> None:
    """Whatever the drift says."""
    driver = Driver(POLICY)
    wait_of(driver.connected(look(99.0, held=31)), "31 windows held, 32 are wanted")


def test_what_does_not_pay_becomes_the_reference() -> None:
    """No edit is sent, and the same drift is not asked about again until it grows again."""
    driver = Driver(POLICY)
    driver.connected(look(9.0))
    action = driver.hear(Uploaded(32), Proposed(1, 0.049))
    assert isinstance(action, Rebase)
    assert "0.049 T, 0.05 T are wanted" in action.reason
    wait_of(driver.hear(Rebased()), "did not pay")
    wait_of(driver.hear(look(0.2, 110)), "below the threshold")


def test_the_next_edit_waits_for_the_cool_down() -> None:
    """Also after a proposal that did not pay; looks go on meanwhile."""
    driver = Driver(POLICY)
    driver.connected(look(9.0))
    driver.hear(Uploaded(32), Proposed(2, 0.4), DELIVERED)
    driver.hear(look(9.0, 140, runs=EDITED))
    wait_of(driver.hear(look(9.0, 180, runs=EDITED)), "may come in 40.0 s")
    while not isinstance(driver.action, Upload):
        driver.hear(look(9.0, 180, runs=EDITED))
    assert driver.now == 1060.0


def test_a_bank_that_changed_without_us_is_asked_about() -> None:
    """Another host, a REVERT by hand, a reset: generation or counter tell, and a serial that went back."""
    for seen in (look(1.0, 110, runs=EDITED), look(1.0, 50)):
        driver = Driver(POLICY)
        driver.connected(look(1.0, 100))
        assert isinstance(driver.hear(seen), Inspect)
        wait_of(driver.hear(EDITED), "below the threshold")


def test_a_reset_forgets_what_was_suspected() -> None:
    """After it the machine knows as little as at the start: a full context is taken as it is."""
    driver = Driver(POLICY)
    driver.connected(look(1.0, 1000))
    driver.hear(look(9.0, 1010))
    assert isinstance(driver.hear(look(9.0, 32), FACTORY), Upload)


def test_other_hosts_are_left_alone() -> None:
    """An edit being written gets one more look to go on, an edit on probation all the time that it takes."""
    driver = Driver(POLICY)
    wait_of(driver.connected(look(9.0, edit_state=EditState.WRITING)), "another host is writing")
    assert isinstance(driver.hear(look(9.0, edit_state=EditState.WRITING)), Upload)
    driver = Driver(POLICY)
    driver.connected(look(9.0, edit_state=EditState.PROBATION))
    for _ in range(5):
        wait_of(driver.hear(look(9.0, edit_state=EditState.PROBATION)), "not ours is on probation")


def on_probation(policy: Policy = DURABLE) -> Driver:
    """A machine whose durable edit was just committed."""
    driver = Driver(policy)
    driver.connected(look(9.0))
    driver.hear(Uploaded(32), Proposed(2, 0.4), DELIVERED)
    assert wait_of(driver.action, "on probation") == policy.confirm_after_s
    return driver


PROBATION = look(0.1, runs=EDITED, edit_state=EditState.PROBATION)


@pytest.mark.property("P15")
def test_a_durable_edit_is_checked_and_then_confirmed() -> None:
    """After the time of probation, and only then."""
    driver = on_probation()
    driver.pass_time(5.0)
    assert wait_of(driver.hear(PROBATION), "on probation") == DURABLE.interval_s
    driver.pass_time()
    wait_of(driver.hear(PROBATION), "on probation")
    driver.pass_time()
    check = driver.hear(PROBATION)
    assert isinstance(check, Check)
    assert check.digest == EDITED.digest
    confirm = driver.hear(Checked(None))
    assert isinstance(confirm, Confirm)
    assert confirm.digest == EDITED.digest
    wait_of(driver.hear(Confirmed()), "confirmed")
    assert driver.state.adaptations == 1


@pytest.mark.property("P15")
def test_an_unhealthy_edit_is_taken_back() -> None:
    """And the next one waits."""
    driver = on_probation()
    assert driver.hear(PROBATION, Checked("two outputs differ")) == Revert("two outputs differ")
    wait_of(driver.hear(Reverted()), "was taken back")
    assert driver.state.adaptations == 0
    assert driver.state.probation is None


def test_a_probation_that_ended_without_us_counts_as_a_refusal() -> None:
    """A reset or a timer of the device: nothing is confirmed, and what runs is asked anew."""
    driver = on_probation()
    wait_of(driver.hear(look(9.0, 40)), "ended without our CONFIRM")
    assert isinstance(driver.hear(look(9.0, 41)), Inspect)
    assert driver.state.adaptations == 0


def test_refusals_are_answered_with_longer_and_longer_waits() -> None:
    """Doubling up to a limit, never shorter than the device asks; a delivery ends the row."""
    driver = Driver(POLICY)
    driver.connected(look(9.0))
    waits = []
    for _ in range(9):
        waits.append(wait_of(driver.hear(Uploaded(32), Proposed(2, 0.4), Refused("no"))))
        driver.hear(look(9.0), FACTORY)
        while not isinstance(driver.action, Upload):
            driver.hear(look(9.0))
    assert waits == [10, 20, 40, 80, 160, 320, REFUSAL_LIMIT_S, REFUSAL_LIMIT_S, REFUSAL_LIMIT_S]
    assert wait_of(driver.hear(Uploaded(32), Proposed(2, 0.4), Refused("THROTTLED", 2000.0))) == 2000.0
    driver.hear(look(9.0), FACTORY, Uploaded(32), Proposed(2, 0.4), DELIVERED)
    assert driver.state.refusals == 0


def test_a_lost_link_is_opened_again_and_again() -> None:
    """Waits double up to a limit; an answer ends the row, and what runs is asked anew."""
    driver = Driver(POLICY)
    driver.connected(look(1.0))
    waits = []
    for _ in range(8):
        if isinstance(driver.action, Wait):
            driver.pass_time()
        waits.append(wait_of(driver.hear(Lost("gone")), "gone"))
        driver.pass_time()
        assert isinstance(driver.action, Connect)
    assert waits == [1, 2, 4, 8, 16, 32, RECONNECT_LIMIT_S, RECONNECT_LIMIT_S]
    assert isinstance(driver.hear(Connected(), look(1.0)), Inspect)
    assert driver.state.losses == 0


def test_an_edit_whose_answer_was_lost_is_recognised() -> None:
    """The digest tells that it arrived: it is not sent twice, and a durable one goes on to its check."""
    driver = Driver(POLICY)
    driver.connected(look(9.0))
    driver.hear(Uploaded(32), Proposed(2, 0.4), Lost("no reply to APPLY", EDITED.digest), Waited(), Connected())
    wait_of(driver.hear(look(0.1, runs=EDITED), EDITED), "the edit runs")
    assert driver.state.adaptations == 1
    driver = Driver(DURABLE)
    driver.connected(look(9.0))
    driver.hear(Uploaded(32), Proposed(2, 0.4), Lost("no reply to COMMIT", EDITED.digest), Waited(), Connected())
    driver.hear(PROBATION, EDITED)
    assert isinstance(driver.hear(PROBATION), Check)


def test_an_edit_that_did_not_arrive_is_made_again_after_the_cool_down() -> None:
    """The digest is the old one."""
    driver = Driver(POLICY)
    driver.connected(look(9.0))
    driver.hear(Uploaded(32), Proposed(2, 0.4), Lost("no reply to WRITE", EDITED.digest), Waited(), Connected())
    wait_of(driver.hear(look(9.0), FACTORY), "may come in")
    assert driver.state.adaptations == 0


def test_stopping_ends_at_once_but_for_an_edit_on_probation() -> None:
    """That is taken back first; whatever comes of it, the end comes next."""
    driver = Driver(POLICY)
    driver.connected(look(1.0))
    assert isinstance(driver.hear(Stopping()), End)
    for answer in (Reverted(), Refused("no"), Lost("gone"), Stopping()):
        driver = on_probation()
        assert isinstance(driver.hear(Stopping()), Revert)
        assert isinstance(driver.hear(answer), End)


def test_once_ends_after_one_look_or_one_adaptation() -> None:
    """Quiet, not paying, refused, lost, delivered: each is an end with its reason."""
    assert isinstance(Driver(ONCE).hear(Lost("nobody there")), End)
    driver = Driver(ONCE)
    assert driver.connected(look(1.0)) == End("drift 1.00 is below the threshold 6")
    for event in (Refused("no"), Lost("gone"), DELIVERED):
        driver = Driver(ONCE)
        driver.connected(look(9.0))
        assert isinstance(driver.hear(Uploaded(32), Proposed(2, 0.4), event), End)
    driver = Driver(ONCE)
    driver.connected(look(9.0))
    assert isinstance(driver.hear(Uploaded(32), Proposed(2, 0.0), Rebased()), End)


def test_once_sees_a_durable_edit_through() -> None:
    """Probation included, also over a lost link, but not for ever."""
    policy = Policy(drift=6, min_windows=32, once=True, durable=True)
    driver = on_probation(policy)
    driver.hear(Lost("gone"), Waited(), Connected(), PROBATION, Checked(None))
    assert isinstance(driver.hear(Confirmed()), End)
    driver = on_probation(policy)
    assert isinstance(driver.hear(Lost("gone"), Waited(), Lost("gone"), Waited(), Lost("gone")), End)


def test_the_wanted_number_of_adaptations_is_an_end() -> None:
    """Refused ones do not count."""
    driver = Driver(Policy(drift=6, min_windows=32, max_adaptations=1, cool_down_s=0))
    driver.connected(look(9.0))
    driver.hear(Uploaded(32), Proposed(2, 0.4), Refused("no"), look(9.0), FACTORY)
    assert isinstance(driver.hear(Uploaded(32), Proposed(2, 0.4), DELIVERED), End)


def test_a_device_of_another_bundle_is_an_end() -> None:
    """Waiting would not make it fit."""
    assert Driver(POLICY).hear(Unfit("another base")) == End("another base")


@pytest.mark.parametrize(
    "wrong",
    [
        {"interval_s": 0},
        {"drift": 0},
        {"band": 0},
        {"band": 1.1},
        {"min_windows": 0},
        {"min_change": -1},
        {"cool_down_s": -1},
        {"confirm_after_s": 65536},
        {"max_adaptations": 0},
    ],
)
def test_a_policy_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    """The setting is named."""
    with pytest.raises(BridgeError, match=next(iter(wrong))):
        Policy(**wrong)  # type: ignore[arg-type]
