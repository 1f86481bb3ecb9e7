"""TRY, COMMIT, CONFIRM and what undoes them, on a device with a flash and a virtual clock."""

import pytest

from firmware_bridge.messages import (
    HISTORY_BYTES,
    Apply,
    Begin,
    Boot,
    Code,
    Commit,
    Confirm,
    EditState,
    Event,
    Hello,
    Infer,
    Read,
    Refusal,
    Region,
    Revert,
    RevertWhat,
    Status,
    Try,
    TryReply,
    Verify,
    parse_history,
)
from tests.firmware.tiny_model import (
    PROTOTYPES,
    TRIAL_LEAST,
    TRIAL_VECTORS,
    WINDOW,
    applied,
    failing_edit,
    output,
    some_edit,
)
from tests.firmware.wire import LibraryWire, Wire, moved, u32
from toolchain.digest import bank_digest
from toolchain.edit import Edit

FACTORY = bank_digest(PROTOTYPES[0])


def commit(wire: Wire, edit: Edit, seconds: int = 0) -> None:
    """Up to the probation of `edit`."""
    wire.verify(edit)
    wire.ask(Try())
    wire.ask(Commit(wire.status().active_digest, seconds))


def settle(wire: Wire, edit: Edit) -> None:
    """The whole way of a durable edit."""
    commit(wire, edit)
    assert wire.ask(Confirm(edit.digest)) == edit.counter


def runs(wire: Wire, digest: bytes) -> bool:
    """Whether the bank of `digest` is what inference reads, as far as the device says."""
    return wire.ask(Status()).active_digest == digest


def events(wire: Wire) -> list[Event]:
    """What the history holds, oldest first."""
    return [entry.event for entry in parse_history(wire.ask(Read(Region.HISTORY, 0, HISTORY_BYTES)).data)]


@pytest.mark.property("P15", "P16", "P22")
def test_a_durable_edit_takes_its_way(durable: LibraryWire) -> None:
    """The confirmed counter moves at CONFIRM and not before; a reset brings the edit back."""
    edit = some_edit(7, durable=True)
    durable.verify(edit)
    assert durable.ask(Try()) == TryReply(TRIAL_VECTORS, TRIAL_VECTORS, TRIAL_LEAST)
    assert durable.status().edit_state is EditState.TRIED
    active = durable.ask(Commit(FACTORY, 5))
    assert (active.bank, active.generation, active.digest) == (1, 1, edit.digest)
    status = durable.status()
    assert (status.edit_state, status.probation_ms) == (EditState.PROBATION, 5000)
    assert (status.counter, status.confirmed_counter, status.confirmed_digest) == (7, 0, FACTORY)
    assert (status.active_digest, status.other_digest) == (edit.digest, FACTORY)
    assert durable.ask(Confirm(edit.digest)) == 7
    status = durable.status()
    assert (status.edit_state, status.probation_ms) == (EditState.IDLE, 0)
    assert (status.counter, status.confirmed_counter, status.confirmed_digest) == (7, 7, edit.digest)
    durable.reset()
    status = durable.status()
    assert (status.boot, status.counter, status.confirmed_counter) == (Boot.RESTORED, 7, 7)
    assert durable.ask(Infer(WINDOW.tobytes())).output == output(WINDOW, applied(edit))
    assert durable.refusal(Begin(edit.header)) == Refusal(Code.STALE_COUNTER, 7, 7)


@pytest.mark.property("P15", "P16")
def test_a_reset_ends_a_probation_with_the_old_bank(durable: LibraryWire) -> None:
    """Unconfirmed is undone; the counter of what was undone may come again."""
    settle(durable, some_edit(1, durable=True))
    commit(durable, some_edit(2, durable=True))
    durable.reset()
    status = durable.status()
    assert (status.boot, status.counter) == (Boot.DROPPED, 1)
    assert status.active_digest == some_edit(1).digest
    settle(durable, some_edit(2, durable=True))


@pytest.mark.property("P15")
def test_a_probation_that_nobody_confirms_runs_out(durable: LibraryWire) -> None:
    """To the millisecond, also when a request comes first; the journal brings nothing back later."""
    edit = some_edit(3, durable=True)
    commit(durable, edit, 2)
    durable.device.advance(1.999)
    assert runs(durable, edit.digest)
    before = durable.counters()
    durable.device.advance(0.001)
    status = durable.status()
    assert (status.edit_state, status.active_digest) == (EditState.IDLE, FACTORY)
    assert moved(before, durable.counters()) == {"ran_out": 1}
    assert durable.refusal(Confirm(edit.digest)) == Refusal(Code.BAD_STATE, EditState.PROBATION, EditState.IDLE)
    assert durable.refusal(Commit(FACTORY)).code == Code.BAD_STATE
    assert durable.refusal(Begin(edit.header)) == Refusal(Code.STALE_COUNTER, 3, 3)
    durable.reset()
    assert runs(durable, FACTORY)


def test_a_probation_is_a_minute_where_nobody_says(durable: LibraryWire) -> None:
    """COMMIT with 0 seconds."""
    commit(durable, some_edit(1, durable=True))
    assert durable.status().probation_ms == 60_000
    durable.device.advance(59.5)
    assert durable.status().probation_ms == 500


@pytest.mark.property("P15")
@pytest.mark.parametrize("what", RevertWhat)
def test_revert_ends_a_probation(durable: LibraryWire, what: RevertWhat) -> None:
    """REVERT 0, whatever its digest, and REVERT 1 with the digest of the old bank; repeated it is OK."""
    edit = some_edit(1, durable=True)
    commit(durable, edit)
    assert durable.refusal(Revert(RevertWhat.BANK, b"another.")).code == Code.NOTHING_TO_REVERT
    assert durable.ask(Revert(RevertWhat.BANK, edit.digest)).digest == edit.digest
    before = durable.counters()
    assert durable.ask(Revert(what, FACTORY)).digest == FACTORY
    assert durable.ask(Revert(what, FACTORY)).digest == FACTORY
    assert moved(before, durable.counters()) == {"reverts": 1}
    assert durable.status().edit_state is EditState.IDLE
    durable.reset()
    assert runs(durable, FACTORY)


@pytest.mark.property("P15")
def test_an_edit_that_fails_the_vectors_is_not_committed(durable: LibraryWire) -> None:
    """Within all bounds and useless: the trial says how many were right, staging is dropped, nothing else changed."""
    edit = failing_edit(1, durable=True)
    durable.verify(edit)
    before = durable.counters()
    assert durable.refusal(Try()) == Refusal(Code.TRIAL_FAILED, TRIAL_LEAST, 0)
    assert moved(before, durable.counters()) == {"trial_failed": 1}
    assert durable.refusal(Commit(FACTORY)) == Refusal(Code.BAD_STATE, EditState.TRIED, EditState.IDLE)
    assert runs(durable, FACTORY)
    settle(durable, some_edit(1, durable=True))


def test_a_host_may_ask_for_more_than_the_model(durable: LibraryWire) -> None:
    """The larger of both counts; a TRIED edit may be tried again, and may fail then."""
    durable.verify(some_edit(1, durable=True))
    assert durable.ask(Try(1)) == TryReply(4, TRIAL_VECTORS, TRIAL_LEAST)
    assert durable.ask(Try(4)) == TryReply(4, TRIAL_VECTORS, 4)
    assert durable.refusal(Try(5)) == Refusal(Code.TRIAL_FAILED, 5, 4)
    assert durable.status().edit_state is EditState.IDLE


def test_a_trial_leaves_the_last_output_alone(durable: LibraryWire) -> None:
    """READ region 3 still has the bits of the last INFER."""
    expected = durable.ask(Infer(WINDOW.tobytes())).output
    durable.verify(some_edit(1, durable=True))
    durable.ask(Try())
    assert durable.ask(Read(Region.OUTPUT, 0, 12)).data == expected


def test_each_verb_wants_its_own_flag(durable: LibraryWire) -> None:
    """A durable edit is not applied in RAM only, and the reverse; the edit stays staged."""
    durable.verify(some_edit(1, durable=True))
    assert durable.refusal(Apply(FACTORY)) == Refusal(Code.WRONG_VERB, 0, 2)
    durable.verify(some_edit(1))
    durable.ask(Try())
    assert durable.refusal(Commit(FACTORY)) == Refusal(Code.WRONG_VERB, 2, 0)
    assert durable.ask(Apply(FACTORY)).digest == some_edit(1).digest


@pytest.mark.property("P9")
def test_commit_is_a_compare_and_swap(durable: LibraryWire) -> None:
    """Another digest is refused and nothing is written to the flash."""
    durable.verify(some_edit(1, durable=True))
    durable.ask(Try())
    stores = durable.device.stores
    assert durable.refusal(Commit(b"another.")) == Refusal(Code.STALE_BANK, u32(FACTORY), u32(b"another."))
    assert stores == durable.device.stores
    durable.ask(Commit(FACTORY))
    assert durable.refusal(Confirm(FACTORY)) == Refusal(Code.STALE_BANK, u32(some_edit(1).digest), u32(FACTORY))


@pytest.mark.property("P6")
def test_each_verb_may_be_repeated_under_a_new_seq(durable: LibraryWire) -> None:
    """TRY, COMMIT and CONFIRM answer the same again and count once; APPLY is no repetition of COMMIT."""
    edit = some_edit(1, durable=True)
    durable.verify(edit)
    before = durable.counters()
    assert durable.ask(Try()) == durable.ask(Try())
    assert durable.ask(Verify()) == edit.digest
    assert durable.ask(Commit(FACTORY)) == durable.ask(Commit(FACTORY))
    assert durable.refusal(Apply(FACTORY)).code == Code.BAD_STATE
    assert durable.ask(Confirm(edit.digest)) == durable.ask(Confirm(edit.digest)) == 1
    assert durable.ask(Commit(FACTORY)).digest == edit.digest
    assert moved(before, durable.counters()) == {"commits": 1, "confirms": 1, "bad_state": 1}


def test_no_edit_begins_during_a_probation(durable: LibraryWire) -> None:
    """The other bank is the one to go back to."""
    commit(durable, some_edit(1, durable=True))
    assert durable.refusal(Begin(some_edit(2).header)) == Refusal(Code.BAD_STATE, 0, EditState.PROBATION)
    assert durable.refusal(Verify()) == Refusal(Code.BAD_STATE, EditState.WRITING, EditState.PROBATION)
    assert durable.refusal(Try()) == Refusal(Code.BAD_STATE, EditState.VERIFIED, EditState.PROBATION)
    assert durable.refusal(Apply(FACTORY)) == Refusal(Code.BAD_STATE, EditState.VERIFIED, EditState.PROBATION)
    assert durable.refusal(Commit(b"another.")) == Refusal(Code.BAD_STATE, EditState.TRIED, EditState.PROBATION)


@pytest.mark.property("P22")
def test_an_edit_in_ram_is_gone_after_a_reset(durable: LibraryWire) -> None:
    """And what was confirmed before is back, with its counter."""
    settle(durable, some_edit(1, durable=True))
    durable.deliver(some_edit(9))
    assert (durable.status().counter, durable.status().confirmed_counter) == (9, 1)
    durable.reset()
    assert runs(durable, some_edit(1).digest)
    assert durable.status().counter == 1


def test_a_device_without_storage_commits_nothing(wire: Wire) -> None:
    """It says so, keeps the edit staged, and is not throttled for it."""
    assert not wire.ask(Hello()).has_storage
    wire.verify(some_edit(1, durable=True))
    wire.ask(Try())
    for _ in range(20):
        assert wire.refusal(Commit(FACTORY)) == Refusal(Code.NO_STORAGE, 0, 0)
    assert wire.status().edit_state is EditState.TRIED


def test_a_flash_that_fails_leaves_the_device_as_it_was(durable: LibraryWire) -> None:
    """STORAGE_FAILED; the edit stays staged and may be committed once the flash is well."""
    durable.verify(some_edit(1, durable=True))
    durable.ask(Try())
    durable.device.silence(0, 1000)
    assert durable.refusal(Commit(FACTORY)).code == Code.STORAGE_FAILED
    assert (durable.status().edit_state, durable.status().active_digest) == (EditState.TRIED, FACTORY)
    durable.device.heal()
    assert durable.ask(Commit(FACTORY)).digest == some_edit(1).digest


@pytest.mark.property("P23")
def test_the_history_holds_the_last_eight_events(durable: LibraryWire) -> None:
    """With who made the active bank, the oldest first, and when."""
    settle(durable, some_edit(1, durable=True, prototype=2))
    durable.reset()
    durable.device.advance(3.2)
    durable.deliver(some_edit(2))
    durable.ask(Revert(RevertWhat.BANK, some_edit(1, prototype=2).digest))
    commit(durable, some_edit(3, durable=True), 1)
    durable.device.advance(1)
    commit(durable, some_edit(4, durable=True))
    durable.ask(Revert(RevertWhat.UNSETTLED))
    assert events(durable) == [
        Event.RESTORED,
        Event.APPLY,
        Event.REVERT,
        Event.COMMIT,
        Event.RAN_OUT,
        Event.COMMIT,
        Event.REVERT,
    ]
    settle(durable, some_edit(5, durable=True))
    assert events(durable)[:2] == [Event.APPLY, Event.REVERT]
    first, second = parse_history(durable.ask(Read(Region.HISTORY, 0, HISTORY_BYTES)).data)[:2]
    assert (first.generation, first.counter, first.prototype, first.bank, first.seconds) == (1, 2, 1, 1, 3)
    assert (second.counter, second.prototype, second.digest) == (1, 2, some_edit(1, prototype=2).digest)
    assert len(events(durable)) * 24 == HISTORY_BYTES
