"""The two verbs against the real C core: what a reset keeps, what a probation drops, what is refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.errors import RefusedError, StaleError, ThrottledError
from firmware_bridge.messages import Boot, Code, EditState, Event, Region
from tests.device_fixtures import LAYOUT, LEAST_RIGHT, TRIALS
from tests.firmware_bridge.conftest import Bench
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest
from toolchain.edit import Codec, Edit, encode_edit
from toolchain.statistics import summarise


def an_edit(bundle: Bundle, counter: int, *, durable: bool = False, scale: float = 0.02, prototype: int = 0) -> Edit:
    """An edit of the factory head that is small enough to pass the trial, unless `scale` is large."""
    delta = np.random.default_rng(counter).normal(scale=scale, size=LAYOUT.size).astype(np.float32)
    return encode_edit(
        delta,
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=prototype,
        counter=counter,
        codec=Codec.INT8,
        durable=durable,
    )


def harmful(bundle: Bundle, counter: int) -> Edit:
    """A durable edit within T after which the trial vectors come out wrong: one class always loses."""
    delta = np.where(np.random.default_rng(1).random(LAYOUT.size) < 0.5, -1, 1).astype(np.float32)
    return encode_edit(
        delta,
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=1,
        counter=counter,
        durable=True,
    )


@pytest.mark.property("P22")
def test_what_apply_made_is_gone_after_a_reset(bench: Bench, small_bundle: Bundle) -> None:
    """The factory head runs again, and the counter is free again."""
    edit = an_edit(small_bundle, 3)
    assert bench.client.send_edit(edit, small_bundle).active.digest == edit.digest
    assert bench.client.status().counter == 3
    status = bench.reset().client.status()
    assert status.active_digest == bank_digest(small_bundle.prototypes[0])
    assert (status.counter, status.confirmed_counter, status.boot) == (0, 0, Boot.FACTORY)


@pytest.mark.property("P22", "P15", "P16")
def test_what_confirm_settled_stays(bench: Bench, small_bundle: Bundle) -> None:
    """TRY, COMMIT and CONFIRM: the edit survives a reset; the confirmed counter moved at CONFIRM and not before."""
    edit = an_edit(small_bundle, 5, durable=True)
    delivered = bench.client.commit_edit(edit, small_bundle, seconds=9)
    assert delivered.trial is not None
    assert delivered.trial.least == LEAST_RIGHT <= delivered.trial.right <= delivered.trial.vectors == TRIALS
    status = bench.client.status()
    assert (status.edit_state, status.counter, status.confirmed_counter) == (EditState.PROBATION, 5, 0)
    assert 0 < status.probation_ms <= 9000
    assert bench.client.confirm(edit.digest) == 5
    status = bench.reset().client.status()
    assert (status.active_digest, status.confirmed_digest) == (edit.digest, edit.digest)
    assert (status.counter, status.confirmed_counter, status.boot) == (5, 5, Boot.RESTORED)


@pytest.mark.property("P15")
def test_an_edit_that_fails_the_trial_is_not_committed(bench: Bench, small_bundle: Bundle) -> None:
    """The refusal counts the vectors, nothing is stored, and the old bank runs."""
    with pytest.raises(RefusedError, match=f"at least {LEAST_RIGHT} evaluation vectors right") as raised:
        bench.client.commit_edit(harmful(small_bundle, 1), small_bundle)
    assert raised.value.code == Code.TRIAL_FAILED
    status = bench.client.status()
    assert (status.edit_state, status.counter) == (EditState.IDLE, 0)
    assert status.active_digest == bank_digest(small_bundle.prototypes[0])


@pytest.mark.property("P15")
@pytest.mark.parametrize("end", ["time", "reset", "drop"])
def test_an_edit_that_is_not_confirmed_reverts(bench: Bench, small_bundle: Bundle, end: str) -> None:
    """The end of the time, a reset and REVERT each bring the old bank back."""
    edit = an_edit(small_bundle, 1, durable=True)
    bench.client.commit_edit(edit, small_bundle, seconds=5)
    if end == "time":
        bench.chip.advance(5.5)
    elif end == "reset":
        bench = bench.reset()
    else:
        bench.client.drop()
    status = bench.client.status()
    assert (status.edit_state, status.confirmed_counter) == (EditState.IDLE, 0)
    assert status.active_digest == bank_digest(small_bundle.prototypes[0])
    assert status.boot is (Boot.DROPPED if end == "reset" else Boot.FACTORY)
    with pytest.raises(RefusedError, match="CONFIRM with BAD_STATE"):
        bench.client.confirm(edit.digest)


def test_a_failing_send_does_not_end_somebody_elses_probation(bench: Bench, small_bundle: Bundle) -> None:
    """BEGIN is refused while an edit is on probation, and the probation goes on."""
    kept = an_edit(small_bundle, 1, durable=True)
    bench.client.commit_edit(kept, small_bundle)
    other = bench.greet().client
    with pytest.raises(RefusedError, match="BEGIN with BAD_STATE") as raised:
        other.send_edit(an_edit(small_bundle, 2), small_bundle)
    assert "received: probation" in str(raised.value)
    assert other.status().edit_state is EditState.PROBATION
    assert other.confirm(kept.digest) == 1


@pytest.mark.parametrize("durable", [False, True])
def test_each_verb_takes_its_own_kind_of_edit(bench: Bench, small_bundle: Bundle, *, durable: bool) -> None:
    """A durable edit is not for APPLY, another one not for COMMIT; told before a byte is sent."""
    edit = an_edit(small_bundle, 1, durable=durable)
    send = bench.client.send_edit if durable else bench.client.commit_edit
    with pytest.raises(RefusedError, match=r"the host refuses .* WRONG_VERB"):
        send(edit, small_bundle)


@pytest.mark.property("P16")
def test_a_confirmed_counter_refuses_every_older_edit_after_a_reset(bench: Bench, small_bundle: Bundle) -> None:
    """Replaying an old valid edit gets STALE_COUNTER from the device itself."""
    edit = an_edit(small_bundle, 5, durable=True)
    bench.client.commit_edit(edit, small_bundle)
    bench.client.confirm()
    bench = bench.reset()
    bench.client._session.known.counter = 0
    with pytest.raises(StaleError, match="the device refuses BEGIN with STALE_COUNTER"):
        bench.client.commit_edit(edit, small_bundle)


@pytest.mark.property("P9")
def test_of_two_hosts_one_wins_and_the_other_hears_of_it(bench: Bench, small_bundle: Bundle) -> None:
    """Both read the same bank; the second APPLY names a bank that runs no more."""
    first, second = bench.client, bench.greet().client
    assert first.bank_digest() == second.bank_digest()
    second._session.active_digest()
    won = an_edit(small_bundle, 1)
    first.send_edit(won, small_bundle)
    with pytest.raises(StaleError, match="APPLY with STALE_BANK"):
        second.send_edit(an_edit(small_bundle, 2), small_bundle)
    assert first.bank_digest() == won.digest


@pytest.mark.property("P21")
def test_a_host_that_switches_too_often_is_told_when_to_come_again(bench: Bench, small_bundle: Bundle) -> None:
    """After the bucket is empty the refusal says how long; after that time the device takes the next edit."""
    client = bench.client

    def oscillate() -> None:
        for counter in range(1, 60):
            client.send_edit(an_edit(small_bundle, counter), small_bundle)

    with pytest.raises(ThrottledError) as raised:
        oscillate()
    assert client.counter >= 32
    assert 0 < raised.value.wait_s <= 0.25
    bench.chip.advance(raised.value.wait_s)
    client.send_edit(an_edit(small_bundle, client.counter + 1), small_bundle)
    assert client.status().named_counters["throttled"] == 1


@pytest.mark.property("P23")
def test_the_history_tells_what_happened(bench: Bench, small_bundle: Bundle) -> None:
    """APPLY, COMMIT, CONFIRM, REVERT and the boot, in order, with digests; at most the last eight."""
    client = bench.client
    assert client.history() == ()
    applied, kept = an_edit(small_bundle, 1), an_edit(small_bundle, 2, durable=True)
    client.send_edit(applied, small_bundle)
    client.commit_edit(kept, small_bundle)
    client.confirm()
    client.revert(applied.digest)
    told = client.history()
    assert [entry.event for entry in told] == [Event.APPLY, Event.COMMIT, Event.CONFIRM, Event.REVERT]
    assert [entry.digest for entry in told] == [applied.digest, kept.digest, kept.digest, applied.digest]
    assert [entry.counter for entry in told[:3]] == [1, 2, 2]
    (restored,) = bench.reset().client.history()
    assert (restored.event, restored.digest) == (Event.RESTORED, kept.digest)


def test_the_summary_is_that_of_the_context(bench: Bench) -> None:
    """Mean and spread of all dimensions, bit for bit; nothing held gives nothing."""
    client = bench.client
    assert client.summary().means == b""
    for window in np.random.default_rng(2).integers(-128, 128, (7, 8)).astype(np.int8):
        client.infer(window.tobytes(), remember=True)
    told, expected = client.summary(), summarise(client.context().embeddings)
    assert (told.held, told.serial) == (7, 7)
    assert (told.means, told.spreads) == (expected.mean.tobytes(), expected.spread.tobytes())


def test_watch_tells_what_an_adaptation_needs_to_know(bench: Bench, small_bundle: Bundle) -> None:
    """The counter of the next edit without STATUS; another host's switch makes the host forget the bank."""
    client, other = bench.client, bench.greet().client
    client.status()
    other.send_edit(an_edit(small_bundle, 4), small_bundle)
    assert client.watch().counter == 4
    assert client.counter == 4
    assert client._session.known.digest is None
    client.send_edit(an_edit(small_bundle, 5), small_bundle)


def test_an_adaptation_needs_no_request_more_than_it_must(bench: Bench, small_bundle: Bundle) -> None:
    """Where counter and active bank are known: BEGIN with all of the edit, VERIFY, APPLY."""
    client = bench.client
    client.status()
    before = client.link.cost.requests
    for counter in (1, 2):
        client.send_edit(an_edit(small_bundle, counter), small_bundle)
    assert client.link.cost.requests - before == 6


@pytest.mark.property("P23")
def test_a_bank_can_be_rebuilt_by_the_host(bench: Bench, small_bundle: Bundle) -> None:
    """READ gives every bit of both banks, with their digests."""
    edit = an_edit(small_bundle, 1)
    bench.client.send_edit(edit, small_bundle)
    for region, digest in (
        (Region.ACTIVE_BANK, edit.digest),
        (Region.OTHER_BANK, bank_digest(small_bundle.prototypes[0])),
    ):
        assert bank_digest(bench.client.read_bank(region)) == bench.client.bank_digest(region) == digest
