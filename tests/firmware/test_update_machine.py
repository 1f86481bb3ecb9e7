"""Any order of edit requests against a model of the update's states: the device never leaves it (P6, P7, P9, P16)."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from firmware_bridge.image import Image
from firmware_bridge.messages import (
    Apply,
    Begin,
    Code,
    EditState,
    Infer,
    Kind,
    Refusal,
    Revert,
    RevertWhat,
    Verify,
    Write,
)
from hil.emulator import start
from tests.firmware.conftest import wired
from tests.firmware.tiny_model import PROTOTYPES, WINDOW, applied, output, some_edit
from tests.firmware.wire import Wire
from toolchain.digest import bank_digest
from toolchain.edit import Codec
from toolchain.layout import Vector

FACTORY = bank_digest(PROTOTYPES[0])


class Update(RuleBasedStateMachine):
    """What docs/protocol.md says of the edit requests, as a model of a few variables."""

    wire: Wire

    def __init__(self) -> None:
        super().__init__()
        # A device that earlier runs have used is brought into a known state by one whole edit.
        counter = self.wire.status().counter + 1
        self.banks: dict[bytes, Vector] = {}
        first, second = some_edit(counter), some_edit(counter + 1, prototype=2)
        for edit in (first, second):
            self.wire.deliver(edit)
            self.banks[edit.digest] = applied(edit)
        self.active, self.other, self.last = second.digest, first.digest, second.digest
        self.counter = second.counter
        self.state = EditState.IDLE
        self.edit = second
        self.received = 0

    def outcome(self, kind: Kind, payload: bytes) -> Code:
        """Send it; OK or the code of the refusal."""
        fields = self.wire.raw(kind, payload)
        return fields.code if isinstance(fields, Refusal) else Code.OK

    @rule(ahead=st.integers(-1, 2), codec=st.sampled_from(Codec), prototype=st.integers(0, 2))
    def begin(self, ahead: int, codec: Codec, prototype: int) -> None:
        """A counter that does not exceed the device's is refused."""
        edit = some_edit(self.counter + ahead, codec=codec, prototype=prototype)
        code = self.outcome(Kind.BEGIN, Begin(edit.header).pack())
        assert code == (Code.OK if ahead > 0 else Code.STALE_COUNTER)
        if code == Code.OK:
            self.edit, self.received, self.state, self.other = edit, 0, EditState.WRITING, b""

    @rule(data=st.data())
    def write(self, data: st.DataObject) -> None:
        """In any order, overlapping, too far, too long; mostly near what is there and what is wanted."""
        start_at = data.draw(st.integers(0, self.received + 2))
        size = data.draw(st.integers(0, len(self.edit.payload) - self.received + 2))
        piece = self.edit.payload[start_at : start_at + size].ljust(size, b"\0")
        code = self.outcome(Kind.WRITE, Write(start_at, piece).pack())
        if self.state != EditState.WRITING:
            assert code == Code.BAD_STATE
        elif start_at > self.received or start_at + size > len(self.edit.payload):
            assert code == Code.BAD_OFFSET
        else:
            assert code == Code.OK
            self.received = max(self.received, start_at + size)

    @rule()
    def write_the_rest(self) -> None:
        """So that most runs get as far as APPLY."""
        if self.state == EditState.WRITING:
            assert self.wire.ask(Write(self.received, self.edit.payload[self.received :])) == len(self.edit.payload)
            self.received = len(self.edit.payload)

    @rule()
    def verify(self) -> None:
        """Only a whole payload; a verified one answers the same."""
        code = self.outcome(Kind.VERIFY, Verify().pack())
        if self.state == EditState.IDLE:
            assert code == Code.BAD_STATE
        elif self.received < len(self.edit.payload):
            assert code == Code.EDIT_INCOMPLETE
        else:
            assert code == Code.OK
            self.state = EditState.VERIFIED

    @rule(right=st.booleans())
    def apply(self, right: bool) -> None:  # noqa: FBT001  # hypothesis passes by keyword
        """The digest decides, and a repetition is OK."""
        replaces = self.active if right else b"another."
        code = self.outcome(Kind.APPLY, Apply(replaces).pack())
        if self.state != EditState.VERIFIED:
            assert code == Code.BAD_STATE
        elif not right:
            assert code == Code.STALE_BANK
        else:
            assert code == Code.OK
            self.banks[self.edit.digest] = applied(self.edit)
            self.active, self.other, self.last = self.edit.digest, self.active, self.edit.digest
            self.counter, self.state = self.edit.counter, EditState.IDLE

    @rule()
    def apply_again(self) -> None:
        """A repeated APPLY names the bank that was replaced."""
        if self.state == EditState.IDLE and self.other:
            expected = Code.OK if self.active == self.last else Code.BAD_STATE
            assert self.outcome(Kind.APPLY, Apply(self.other).pack()) == expected

    @rule()
    def drop(self) -> None:
        """Always OK."""
        assert self.outcome(Kind.REVERT, Revert(RevertWhat.UNSETTLED).pack()) == Code.OK
        self.state = EditState.IDLE

    @rule()
    def revert(self) -> None:
        """To the other bank, while there is one."""
        wanted = self.other or FACTORY
        code = self.outcome(Kind.REVERT, Revert(RevertWhat.BANK, wanted).pack())
        if self.other:
            assert code == Code.OK
            self.active, self.other = self.other, self.active
        else:
            assert code == (Code.OK if wanted == self.active else Code.NOTHING_TO_REVERT)

    @invariant()
    def device_agrees(self) -> None:
        """State, digests, counter, and an output of the active bank."""
        status = self.wire.status()
        assert (status.edit_state, status.counter) == (self.state, self.counter)
        assert (status.active_digest, status.other_digest) == (self.active, self.other or bytes(8))
        assert self.wire.ask(Infer(WINDOW.tobytes())).output == output(WINDOW, self.banks[self.active])


@pytest.fixture(scope="module")
def machine(sanitized_image: Image) -> Iterator[type[Update]]:
    """The machine with a line to a device of its own."""
    with start(sanitized_image) as emulator, wired(emulator) as line:
        Update.wire = line
        yield Update


def test_no_order_of_requests_leaves_the_model(machine: type[Update]) -> None:
    """Sixty runs of thirty random steps each."""
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
