"""BEGIN to APPLY and back, against toolchain/edit.py (P6, P7, P9, P10, P12)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firmware_bridge.messages import (
    Apply,
    Begin,
    BeginReply,
    Code,
    EditState,
    Infer,
    Read,
    Refusal,
    Region,
    Revert,
    RevertWhat,
    Verify,
    Write,
)
from tests.firmware.tiny_model import BASE, LATENT, LAYOUT, PROTOTYPES, WINDOW, applied, output, some_edit
from tests.firmware.wire import Wire, moved, u32
from toolchain.digest import bank_digest, fingerprint
from toolchain.edit import Codec, Edit, encode_edit
from toolchain.layout import Vector

DELTAS = hnp.arrays(np.float32, LAYOUT.size, elements=st.floats(-1, 1, width=32))
FACTORY = bank_digest(PROTOTYPES[0])


def bank_of(wire: Wire, region: Region = Region.ACTIVE_BANK) -> bytes:
    """All bytes of a bank."""
    return wire.ask(Read(region, 0, 500)).data


@pytest.mark.parametrize("codec", list(Codec))
def test_an_edit_takes_its_way(wire: Wire, codec: Codec) -> None:
    """Each step moves the state, APPLY the bank, the generation and the counter, and nothing else does."""
    edit = some_edit(7, codec=codec)
    assert wire.ask(Begin(edit.header)) == BeginReply(len(edit.payload), 0)
    assert wire.status().edit_state is EditState.WRITING
    half = len(edit.payload) // 2
    assert wire.ask(Write(0, edit.payload[:half])) == half
    assert wire.ask(Write(half, edit.payload[half:])) == len(edit.payload)
    assert wire.ask(Verify()) == edit.digest
    status = wire.status()
    assert (status.edit_state, status.active_digest, status.counter) == (EditState.VERIFIED, FACTORY, 0)
    active = wire.ask(Apply(FACTORY))
    assert (active.bank, active.generation, active.digest) == (1, 1, edit.digest)
    status = wire.status()
    assert (status.edit_state, status.counter) == (EditState.IDLE, 7)
    assert (status.active_digest, status.other_digest) == (edit.digest, FACTORY)
    assert bank_of(wire) == applied(edit).tobytes()


@settings(deadline=None)
@given(delta=DELTAS, codec=st.sampled_from(Codec), prototype=st.integers(0, 2))
@pytest.mark.property("P7")
def test_the_bank_is_that_of_the_reference_to_the_bit(
    busy_wire: Wire, delta: Vector, codec: Codec, prototype: int
) -> None:
    """P7: whatever the device held before."""
    edit = encode_edit(
        delta,
        layout=LAYOUT,
        base=BASE,
        prototypes=PROTOTYPES,
        prototype=prototype,
        counter=busy_wire.status().counter + 1,
        codec=codec,
        latent=LATENT,
    )
    busy_wire.deliver(edit)
    assert bank_of(busy_wire) == applied(edit).tobytes()
    assert busy_wire.ask(Infer(WINDOW.tobytes())).output == output(WINDOW, applied(edit))


@pytest.mark.property("P7")
def test_twice_is_once_and_the_last_one_wins(wire: Wire) -> None:
    """P7: edits are absolute: A, then B, then A again is A."""
    first, second = some_edit(1), some_edit(2, prototype=2)
    wire.deliver(first)
    wire.deliver(second)
    assert bank_of(wire) == applied(second).tobytes()
    wire.deliver(replace(first, counter=3))
    assert bank_of(wire) == applied(first).tobytes()


@pytest.mark.property("P6")
def test_each_step_may_be_repeated_under_a_new_seq(wire: Wire) -> None:
    """P6: a lost reply costs nothing: WRITE, VERIFY and APPLY answer the same again."""
    edit = some_edit(1)
    wire.ask(Begin(edit.header))
    wire.ask(Write(0, edit.payload))
    assert wire.ask(Write(3, edit.payload[3:5])) == len(edit.payload)
    assert wire.ask(Write(0, edit.payload[:4])) == len(edit.payload)
    assert wire.ask(Verify()) == wire.ask(Verify()) == edit.digest
    before = wire.counters()
    assert wire.ask(Apply(FACTORY)) == wire.ask(Apply(FACTORY))
    assert moved(before, wire.counters()) == {"applies": 1}


def test_an_apply_is_no_repetition_once_the_bank_was_reverted(wire: Wire) -> None:
    """The answer would be a lie: another bank is active."""
    edit = some_edit(1)
    wire.deliver(edit)
    wire.ask(Revert(RevertWhat.BANK, FACTORY))
    assert wire.refusal(Apply(FACTORY)) == Refusal(Code.BAD_STATE, EditState.VERIFIED, EditState.IDLE)


def test_revert_goes_back_and_forth(wire: Wire) -> None:
    """The other bank is whole, its digest names it, and asking twice is asking once."""
    edit = some_edit(1)
    wire.deliver(edit)
    before = wire.counters()
    assert wire.ask(Revert(RevertWhat.BANK, FACTORY)).digest == FACTORY
    assert wire.ask(Revert(RevertWhat.BANK, FACTORY)).generation == 2
    assert bank_of(wire) == PROTOTYPES[0].tobytes()
    assert wire.ask(Revert(RevertWhat.BANK, edit.digest)).generation == 3
    assert bank_of(wire) == applied(edit).tobytes()
    assert moved(before, wire.counters()) == {"reverts": 2}
    assert wire.status().counter == 1, "a counter never goes back"


def test_dropping_leaves_the_active_bank_alone(wire: Wire) -> None:
    """REVERT 0 in any state; the reverts counter moves only when there was something to drop."""
    before = wire.counters()
    wire.ask(Revert(RevertWhat.UNSETTLED))
    wire.stage(some_edit(1))
    wire.ask(Revert(RevertWhat.UNSETTLED))
    wire.stage(some_edit(1))
    wire.ask(Verify())
    assert wire.ask(Revert(RevertWhat.UNSETTLED)).digest == FACTORY
    assert wire.status().edit_state is EditState.IDLE
    assert moved(before, wire.counters()) == {"reverts": 2}


def test_a_bank_that_was_overwritten_cannot_come_back(wire: Wire) -> None:
    """What is staged is no bank: its digest is shown as zeros and REVERT refuses it, verified or not."""
    edit, next_edit = some_edit(1), some_edit(2)
    wire.deliver(edit)
    wire.stage(next_edit)
    assert wire.status().other_digest == bytes(8)
    assert wire.refusal(Revert(RevertWhat.BANK, FACTORY)) == Refusal(Code.NOTHING_TO_REVERT, 0, u32(FACTORY))
    assert wire.refusal(Revert(RevertWhat.BANK, bytes(8))) == Refusal(Code.NOTHING_TO_REVERT, 0, 0)
    wire.ask(Verify())
    assert wire.refusal(Revert(RevertWhat.BANK, next_edit.digest)).code == Code.NOTHING_TO_REVERT
    assert wire.ask(Revert(RevertWhat.BANK, edit.digest)).digest == edit.digest


def test_begin_drops_what_was_staged(wire: Wire) -> None:
    """A new edit starts from nothing, also over a verified one."""
    wire.stage(some_edit(1))
    wire.ask(Verify())
    wire.ask(Begin(some_edit(2).header))
    status = wire.status()
    assert status.edit_state is EditState.WRITING
    assert wire.refusal(Verify()) == Refusal(Code.EDIT_INCOMPLETE, LAYOUT.size, 0)


def test_the_staged_payload_can_be_read(wire: Wire) -> None:
    """Region 2 holds the raw bytes that came, with their digest, until VERIFY."""
    edit = some_edit(1)
    wire.ask(Begin(edit.header))
    wire.ask(Write(0, edit.payload[:9]))
    reply = wire.ask(Read(Region.STAGED_PAYLOAD, 2, 100))
    assert (reply.data, reply.digest) == (edit.payload[2:9], fingerprint(edit.payload[:9]))


@pytest.mark.property("P9")
def test_two_hosts_do_not_overwrite_each_other(wire: Wire) -> None:
    """P9: APPLY names the bank it replaces; the one who comes second gets STALE_BANK and keeps its edit staged."""
    wire.stage(some_edit(1))
    wire.ask(Verify())
    stale = bytes(range(8))
    assert wire.refusal(Apply(stale)) == Refusal(Code.STALE_BANK, u32(FACTORY), u32(stale))
    assert wire.status().edit_state is EditState.VERIFIED
    assert wire.ask(Apply(FACTORY)).generation == 1


@pytest.mark.property("P12")
def test_every_output_during_an_update_is_the_old_or_the_new_one(wire: Wire) -> None:
    """P12: inference between any two messages of an update sees one whole bank."""
    previous = PROTOTYPES[0]
    for counter in range(1, 41):
        edit = some_edit(counter, codec=Codec(counter % len(Codec)), prototype=counter % 3)
        for _ in _steps(wire, edit):
            reply = wire.ask(Infer(WINDOW.tobytes()))
            assert reply.output == output(WINDOW, previous)
            assert reply.generation == counter - 1
        previous = applied(edit)
        assert wire.ask(Infer(WINDOW.tobytes())).output == output(WINDOW, previous)


def _steps(wire: Wire, edit: Edit) -> Iterator[None]:
    """The messages of an update; the caller may look at the device before each."""
    yield
    wire.ask(Begin(edit.header))
    for offset in range(0, len(edit.payload), 8):
        yield
        wire.ask(Write(offset, edit.payload[offset : offset + 8]))
    yield
    wire.ask(Verify())
    yield
    wire.ask(Apply(wire.status().active_digest))
