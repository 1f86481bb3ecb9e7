"""How often a device changes its bank (P21)."""

import pytest

from firmware_bridge.messages import (
    Apply,
    Code,
    Commit,
    EditState,
    Refusal,
    Revert,
    RevertWhat,
    Try,
)
from tests.firmware.tiny_model import PROTOTYPES, some_edit
from tests.firmware.wire import LibraryWire, moved
from toolchain.digest import bank_digest

FACTORY = bank_digest(PROTOTYPES[0])
SWITCHES, SWITCH_MS = 32, 250
COMMITS, COMMIT_MS = 8, 60_000


@pytest.mark.property("P21")
def test_a_thousand_switches_are_throttled_and_counted(durable: LibraryWire) -> None:
    """Thirty-two at once and one each quarter of a second; what was refused stays staged."""
    taken = refused = 0
    before = durable.counters()
    for counter in range(1, 1001):
        edit = some_edit(counter)
        if durable.status().edit_state is EditState.IDLE:
            durable.verify(edit)
        reply = durable.raw(Apply.KIND, Apply(durable.status().active_digest).pack())
        if isinstance(reply, Refusal):
            refused += 1
            assert reply.code == Code.THROTTLED
            assert 0 < reply.expected <= SWITCH_MS
        else:
            taken += 1
        durable.device.advance(0.01)
    assert taken == SWITCHES + 999 * 10 // SWITCH_MS
    assert moved(before, durable.counters()) == {"applies": taken, "throttled": refused}


@pytest.mark.property("P21")
def test_reverting_draws_from_the_same_bucket(durable: LibraryWire) -> None:
    """Oscillation is bounded; the time that is left is exact."""
    durable.deliver(some_edit(1))
    digests = [FACTORY, some_edit(1).digest]
    for place in range(SWITCHES - 1):
        durable.ask(Revert(RevertWhat.BANK, digests[place % 2]))
    assert durable.refusal(Revert(RevertWhat.BANK, digests[1])) == Refusal(Code.THROTTLED, SWITCH_MS, 0)
    durable.device.advance(0.249)
    assert durable.refusal(Revert(RevertWhat.BANK, digests[1])) == Refusal(Code.THROTTLED, 1, 0)
    durable.device.advance(0.001)
    assert durable.ask(Revert(RevertWhat.BANK, digests[1])).digest == digests[1]


@pytest.mark.property("P21")
def test_the_flash_is_written_eight_times_and_then_once_a_minute(durable: LibraryWire) -> None:
    """Giving up what is on probation is never made to wait, and costs nothing."""
    for counter in range(1, COMMITS + 1):
        durable.verify(some_edit(counter, durable=True))
        durable.ask(Try())
        durable.ask(Commit(FACTORY))
        durable.ask(Revert(RevertWhat.UNSETTLED))
    durable.verify(some_edit(99, durable=True))
    durable.ask(Try())
    stores = durable.device.stores
    assert durable.refusal(Commit(FACTORY)) == Refusal(Code.THROTTLED, COMMIT_MS, 0)
    assert durable.device.stores == stores
    durable.device.advance(COMMIT_MS / 1000)
    assert durable.ask(Commit(FACTORY)).digest == some_edit(99).digest
