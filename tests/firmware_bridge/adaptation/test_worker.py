"""One port's loop on the real C core, with a virtual clock."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.adapt import Observed, Proposal
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.tools import Advise
from firmware_bridge.client import Device
from firmware_bridge.link import Link
from firmware_bridge.messages import EditState, StatusReply
from firmware_bridge.messages.kinds import Event
from hil.library import LibraryDevice, LibraryTransport
from tests.device_fixtures import LAYOUT
from tests.firmware_bridge.adaptation.service import Bench, Sensor, settle
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest

POLICY = Policy(interval_s=10, drift=8, min_windows=32, min_change=0.01, cool_down_s=60)
DURABLE = Policy(
    interval_s=10, drift=8, min_windows=32, min_change=0.01, cool_down_s=60, durable=True, confirm_after_s=25
)
SHIFT = 8
KEYS = {"time", "port", "step", "reason", "drift", "bytes", "prototype", "norms", "seconds"}


def gentle(observed: Observed, _present: int | None) -> Proposal:
    """An edit so small that the frozen vectors stay right, and that depends on what is observed."""
    delta = 0.02 * (2 + np.sign(observed.mean[0]))
    return Proposal(0, np.full(LAYOUT.size, delta, np.float32), np.ones(2, np.float32))


def bench_at(
    device: LibraryDevice,
    bundle: Bundle,
    policy: Policy = POLICY,
    shift: float = SHIFT,
    *,
    advise: Advise | None = None,
) -> Bench:
    """A worker for a device that has been in service for one context."""
    bench = Bench(device, bundle, policy, Sensor(1, shift), advise=advise)
    settle(bench.open_port)
    return bench


def status_of(device: LibraryDevice) -> StatusReply:
    """What the device says to somebody else."""
    return Device(Link(LibraryTransport(device), clock=device.clock)).status()


def test_a_shift_is_noticed_adapted_to_and_logged(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """Nothing before the shift; one edit after it, made from new windows only; every step a line."""
    bench = bench_at(library_device, small_bundle)
    bench.stop_at_look(30)
    outcome = bench.worker.run()
    assert (outcome.answered, outcome.adaptations, outcome.fault) == (True, 1, None)
    (sent,) = bench.steps("deliver")
    assert sent["outcome"] == "delivered"
    assert sent["drift"] >= POLICY.drift
    assert sent["prototype"] in {1, 2}
    assert len(sent["norms"]) == 2
    assert 0 < sent["bytes"] < 300
    steps = bench.steps()
    looks_before = [line for line in steps[: steps.index(sent)] if line["step"] == "watch"]
    # Four looks made the reference, four more see the shift until the context is filled anew.
    assert len(looks_before) >= SHIFT
    assert all(line["drift"] < POLICY.drift for line in looks_before[: SHIFT - 4])
    assert all(KEYS <= set(line) for line in bench.steps())
    assert outcome.bytes == sum(line["bytes"] for line in bench.steps())
    assert status_of(library_device).named_counters["applies"] == 1


def test_a_device_that_is_not_where_the_model_was_trained_is_adapted_to_at_once(
    library_device: LibraryDevice, small_bundle: Bundle
) -> None:
    """The model brings a reference, and the first full context is not like it."""
    bench = Bench(library_device, small_bundle, POLICY, Sensor(1))
    bench.stop_at_look(12)
    assert bench.worker.run().adaptations == 1
    steps = [line["step"] for line in bench.steps()]
    assert steps[: steps.index("deliver")].count("watch") == 4


def test_a_stationary_device_is_left_alone(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """Looks and waits, and not one context uploaded."""
    bench = bench_at(library_device, small_bundle, shift=float("inf"))
    bench.stop_at_look(40)
    assert bench.worker.run().adaptations == 0
    assert {line["step"] for line in bench.steps()} == {"connect", "watch", "inspect", "wait", "end"}


@pytest.mark.property("P15", "P22")
def test_a_durable_edit_is_checked_confirmed_and_survives_a_reset(
    library_device: LibraryDevice, small_bundle: Bundle
) -> None:
    """Probation, health check, CONFIRM; the next boot brings it back."""
    policy = Policy(**{**vars(DURABLE), "max_adaptations": 1})
    bench = bench_at(library_device, small_bundle, policy, advise=gentle)
    assert bench.worker.run().adaptations == 1
    (sent,), (check,) = bench.steps("deliver"), bench.steps("check")
    assert sent["outcome"] == "delivered"
    assert (check["outcome"], check["detail"]) == ("checked", None)
    assert len(bench.steps("confirm")) == 1
    status = status_of(library_device)
    assert status.edit_state is EditState.IDLE
    assert status.confirmed_digest == status.active_digest != bank_digest(small_bundle.prototypes[0])
    library_device.boot()
    assert status_of(library_device).active_digest == status.active_digest


def test_an_edit_that_fails_its_check_is_taken_back(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """The old bank runs again, nothing is confirmed, and the log says why."""
    bench = bench_at(library_device, small_bundle, DURABLE, advise=gentle)
    object.__setattr__(bench.tools, "examine", lambda *_: "a lamp is red")
    bench.stop_at_look(30)
    assert bench.worker.run().adaptations == 0
    (back,) = bench.steps("revert")
    assert (back["reason"], back["outcome"]) == ("a lamp is red", "reverted")
    status = status_of(library_device)
    assert status.active_digest == status.confirmed_digest == bank_digest(small_bundle.prototypes[0])


@pytest.mark.property("P15")
def test_an_edit_that_fails_the_trial_is_not_tried_again_at_once(
    library_device: LibraryDevice, small_bundle: Bundle
) -> None:
    """The device refuses it, the report says what the line saw, and each next try comes later."""
    bench = bench_at(library_device, small_bundle, Policy(**{**vars(DURABLE), "cool_down_s": 0.0}))
    bench.stop_at_look(20)
    assert bench.worker.run().adaptations == 0
    tries = bench.steps("deliver")
    assert all("TRIAL_FAILED" in line["detail"] and line["report"]["request"] == "TRY" for line in tries)
    assert len(tries) >= 3
    assert library_device.clock() > 10 * (2 ** (len(tries) - 1) - 1)
    assert status_of(library_device).active_digest == bank_digest(small_bundle.prototypes[0])


def test_being_stopped_on_probation_takes_the_edit_back(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """No edit is left half sent or half trusted."""
    bench = bench_at(library_device, small_bundle, DURABLE, advise=gentle)
    bench.before_pause = lambda: bench.stop.set() if bench.steps("deliver") else None
    bench.worker.run()
    assert [line["step"] for line in bench.steps()][-3:] == ["wait", "revert", "end"]
    status = status_of(library_device)
    assert status.edit_state is EditState.IDLE
    assert status.active_digest == bank_digest(small_bundle.prototypes[0])


def test_a_reset_on_probation_is_noticed(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """The device went back by itself: nothing is confirmed, and the machine says so."""
    bench = bench_at(library_device, small_bundle, DURABLE, advise=gentle)
    resets: list[str | None] = []

    def reset_once() -> None:
        if bench.steps("deliver") and not resets:
            resets.append(library_device.boot())
            bench.stop_at_look(bench.sensor.looks + 3)

    bench.before_pause = reset_once
    bench.worker.run()
    assert any("ended without our CONFIRM" in line["reason"] for line in bench.steps("wait"))
    assert not bench.steps("confirm")
    assert status_of(library_device).active_digest == bank_digest(small_bundle.prototypes[0])


def test_what_runs_is_known_from_the_history(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """A second host knows the prototype of the first one's edit, so that the editor can keep it."""
    first = bench_at(library_device, small_bundle, Policy(**{**vars(POLICY), "max_adaptations": 1}))
    first.worker.run()
    told: list[int | None] = []

    def advise(_observed: Observed, present: int | None) -> Proposal:
        told.append(present)
        return Proposal(2, np.full(LAYOUT.size, 0.2, np.float32), np.array([2.0, 1.0], np.float32))

    second = Bench(library_device, small_bundle, POLICY, Sensor(4), advise=advise)
    second.stop_at_look(12)
    second.worker.run()
    assert told[:1] == [first.steps("deliver")[0]["prototype"]]


def test_a_proposal_that_is_not_finite_is_never_sent(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """The step fails on the host, the device keeps its bank, and the next try waits longer."""

    def advise(_observed: Observed, _present: int | None) -> Proposal:
        return Proposal(1, np.full(LAYOUT.size, np.nan, np.float32), np.ones(2, np.float32))

    bench = bench_at(library_device, small_bundle, advise=advise)
    bench.stop_at_look(40)
    bench.worker.run()
    tries = bench.steps("propose")
    assert len(tries) >= 2
    assert all(line["outcome"] == "refused" and "not finite" in line["detail"] for line in tries)
    assert status_of(library_device).active_digest == bank_digest(small_bundle.prototypes[0])


def test_a_device_of_another_bundle_is_a_fault(library_device: LibraryDevice, other_bundle: Bundle) -> None:
    """Told once, with both fingerprints; the loop does not go on."""
    outcome = Bench(library_device, other_bundle, POLICY, Sensor(1)).worker.run()
    assert outcome.answered
    assert outcome.fault is not None
    assert "base model differs" in outcome.fault


def test_a_policy_that_the_device_cannot_follow_is_a_fault(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """Told at the first contact, with what is missing."""
    outcome = Bench(library_device, small_bundle, Policy(min_windows=33), Sensor(1)).worker.run()
    assert outcome.fault is not None
    assert "memory for 33 windows" in outcome.fault


def test_the_history_of_the_device_tells_the_same(library_device: LibraryDevice, small_bundle: Bundle) -> None:
    """One APPLY, of the prototype and with the counter that were logged."""
    bench = bench_at(library_device, small_bundle)
    bench.stop_at_look(20)
    bench.worker.run()
    (entry,) = Device(Link(LibraryTransport(library_device), clock=library_device.clock)).history()
    assert entry.event is Event.APPLY
    assert entry.prototype == bench.steps("deliver")[0]["prototype"]
