"""The real client and the real C core over a line that loses, damages, repeats, reorders, delays and truncates frames,
with resets and power cuts between and within the steps: after each step the device is where it may be, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.client import Device
from firmware_bridge.errors import BridgeError, MismatchError, NoReplyError, ProtocolError, RefusedError
from firmware_bridge.link import Link
from firmware_bridge.messages import Apply, Begin, Code, EditState, Refusal, Verify
from firmware_bridge.transport import Transport
from hil.errors import PowerLostError
from hil.faults import FaultyTransport, Rates
from hil.flash_faults import Cut
from hil.library import LibraryDevice, LibraryTransport, build_library
from tests.firmware.tiny_model import (
    LAYOUT,
    PROTOTYPES,
    WINDOW,
    applied,
    assemble,
    edit_of,
    failing_edit,
    output,
)
from toolchain.digest import bank_digest
from toolchain.edit import Codec, Edit
from toolchain.keys import DeviceKey

RATES = Rates(damage=0.04, lose=0.04, repeat=0.04, reorder=0.04, delay=0.03, truncate=0.03)
KEY = DeviceKey(b"machine!", bytes(range(32)))
PROBATION_S = 3600
MAX_EXAMPLES = 150
SEEDS = st.integers(0, 2**32 - 1)
CUTS = st.tuples(st.integers(0, 40), st.sampled_from(Cut), SEEDS)
FACTORY = bank_digest(PROTOTYPES[0])


@dataclass(frozen=True)
class State:
    """Where a device is, as STATUS tells it."""

    active: bytes = FACTORY
    counter: int = 0
    confirmed: bytes = FACTORY
    confirmed_counter: int = 0
    probation: bool = False

    def after_reset(self) -> State:
        """Only what was confirmed stays."""
        return State(self.confirmed, self.confirmed_counter, self.confirmed, self.confirmed_counter)


class LossyLink(RuleBasedStateMachine):
    """What the host does, and where that may leave the device."""

    library: Path

    @initialize(seed=SEEDS)
    def start(self, seed: int) -> None:
        """A new device with a key, a good line and a bad one to it."""
        self.state = State()
        self.banks = {FACTORY: PROTOTYPES[0]}
        self.past: list[Edit] = []
        self.before = FACTORY
        self.device = LibraryDevice(self.library)
        self.device.boot()
        self.seq = seed & 0xFFFF
        self.good = Device(self.link(LibraryTransport(self.device)))
        self.good.provision(KEY)
        self.good = Device(self.link(LibraryTransport(self.device)))
        self.line = FaultyTransport(LibraryTransport(self.device), seed, RATES)
        self.greet()

    def link(self, transport: Transport) -> Link:
        """A link whose sequence numbers follow from the seed, far from those of the others."""
        self.seq = (self.seq + 4001) & 0xFFFF
        return Link(transport, clock=self.device.clock, first_seq=self.seq)

    def greet(self) -> None:
        """A client on the bad line; it may need several attempts."""
        for _ in range(20):
            with suppress(NoReplyError, ProtocolError):
                self.bad = Device(self.link(self.line))
                return
        raise AssertionError("HELLO got no reply in twenty attempts")

    def edit(self, seed: int, codec: Codec, *, signed: bool, durable: bool) -> Edit:
        """A new edit of this device, to a bank that no edit before it led to: `before` is told by the digest."""
        delta = np.random.default_rng([seed, self.state.counter]).uniform(-0.1, 0.1, LAYOUT.size)
        edit = edit_of(delta, self.state.counter + 1, codec=codec, prototype=1, durable=durable)
        self.banks[edit.digest] = applied(edit)
        return edit.sign(KEY.key) if signed else edit

    def attempt(self, act: Callable[[], object], *then: State, failing: tuple[State, ...] = ()) -> BridgeError | None:
        """`act` leads to one of `then` if it succeeds; if it fails, to one of them, of `failing`, or nowhere."""
        failed: BridgeError | None = None
        try:
            act()
        except BridgeError as error:
            failed = error
        self.line.flush()
        self.settle(*then, *([self.state, *failing] if failed or not then else []))
        return failed

    def settle(self, *allowed: State) -> None:
        """P6, P9, P13, P16: the device is in one of these states, and its bank is that state's, bit for bit."""
        status = self.good.status()
        probation = status.edit_state is EditState.PROBATION
        now = State(status.active_digest, status.counter, status.confirmed_digest, status.confirmed_counter, probation)
        assert now in allowed
        self.before = self.state.active if now.active != self.state.active else self.before
        self.state = now

    @rule(seed=SEEDS, codec=st.sampled_from(Codec), signed=st.booleans())
    def apply(self, seed: int, codec: Codec, signed: bool) -> None:  # noqa: FBT001  # hypothesis passes by keyword
        """The way to RAM."""
        edit = self.edit(seed, codec, signed=signed, durable=False)
        wanted = replace(self.state, active=edit.digest, counter=edit.counter)
        error = self.attempt(lambda: self.bad.send_edit(edit), *([] if self.state.probation else [wanted]))
        assert error is not None or not self.state.probation
        if self.state == wanted:
            self.past.append(edit)

    def committing(self, seed: int, codec: Codec, *, signed: bool) -> tuple[Callable[[], object], State]:
        """The way to the journal, and where it leads."""
        edit = self.edit(seed, codec, signed=signed, durable=True)
        wanted = replace(self.state, active=edit.digest, counter=edit.counter, probation=True)
        return lambda: self.bad.commit_edit(edit, seconds=PROBATION_S), wanted

    @precondition(lambda self: not self.state.probation)
    @rule(seed=SEEDS, codec=st.sampled_from(Codec), signed=st.booleans())
    def commit(self, seed: int, codec: Codec, signed: bool) -> None:  # noqa: FBT001
        """It is on probation then."""
        act, wanted = self.committing(seed, codec, signed=signed)
        self.attempt(act, wanted, failing=(self.dropped(wanted),))

    def dropped(self, wanted: State) -> State:
        """COMMIT came through and its reply did not, so that the host dropped the edit again."""
        return replace(wanted, active=self.state.active, probation=False)

    @precondition(lambda self: not self.state.probation)
    @rule()
    def fail_the_trial(self) -> None:
        """P15: and stay where it was."""
        edit = failing_edit(self.state.counter + 1, durable=True)
        error = self.attempt(lambda: self.bad.commit_edit(edit))
        assert error is not None

    def confirmed(self) -> State:
        """Where CONFIRM leads."""
        state = self.state
        return State(state.active, state.counter, state.active, state.counter)

    @precondition(lambda self: self.state.probation)
    @rule()
    def confirm(self) -> None:
        """P16: the only step that moves the confirmed counter."""
        self.attempt(lambda: self.bad.confirm(self.state.active), self.confirmed())

    @precondition(lambda self: self.state.probation)
    @rule()
    def drop(self) -> None:
        """The old bank runs again."""
        self.attempt(self.bad.drop, replace(self.state, active=self.before, probation=False))

    @precondition(lambda self: self.state.probation)
    @rule()
    def wait(self) -> None:
        """P15: the probation runs out."""
        self.device.advance(PROBATION_S + 1)
        self.settle(replace(self.state, active=self.before, probation=False))

    def old(self) -> list[Edit]:
        """Edits that the device has taken since the counter that a reset brings back."""
        return [edit for edit in self.past if edit.counter <= self.state.counter]

    @precondition(old)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """P16: an edit that was taken once is not taken again, by the host's rules or the device's."""
        edit = data.draw(st.sampled_from(self.old()))
        assert self.attempt(lambda: self.bad.send_edit(edit)) is not None
        assert isinstance(self.refusal(edit), RefusedError)

    def refusal(self, edit: Edit) -> BridgeError | None:
        """What the good line says to an edit."""
        try:
            self.good.send_edit(edit)
        except RefusedError as error:
            return error
        return None

    @rule(seed=SEEDS, base=st.booleans())
    def send_anothers(self, seed: int, base: bool) -> None:  # noqa: FBT001
        """P8: an edit of another base or layout is refused by the host, and by the device where the host is silent."""
        right = self.edit(seed, Codec.INT8, signed=False, durable=False)
        wrong = replace(right, base=b"another!") if base else replace(right, layout=b"another!")
        error = self.attempt(lambda: self.bad.send_edit(wrong))
        assert isinstance(error, MismatchError)
        replies: list[object] = []
        self.attempt(lambda: replies.append(self.bad.link.request(Begin(wrong.header, wrong.body))))
        expected = Code.BASE_MISMATCH if base else Code.LAYOUT_MISMATCH
        assert all(isinstance(reply, Refusal) for reply in replies)
        if replies and not self.state.probation:
            assert [expected] == [getattr(reply, "code", None) for reply in replies]

    @precondition(lambda self: not self.state.probation)
    @rule(seed=SEEDS)
    def lose_the_race(self, seed: int) -> None:
        """P9: the switch names another bank than the one that runs."""
        edit = self.edit(seed, Codec.F32, signed=False, durable=False)
        link = self.bad.link

        def act() -> None:
            link.request(Begin(edit.header, edit.body))
            link.request(Verify())
            reply = link.request(Apply(b"another!"))
            assert isinstance(reply, Refusal)
            assert reply.code in (Code.STALE_BANK, Code.BAD_STATE)

        self.attempt(act, self.state)

    @rule()
    def infer(self) -> None:
        """An output is that of the active bank."""
        with suppress(BridgeError):
            came = self.bad.infer(WINDOW.tobytes(), remember=True).output
            assert output(WINDOW, self.banks[self.state.active]) == came
        self.line.flush()

    @rule()
    def reset(self) -> None:
        """P13, P16: what was confirmed comes back."""
        self.device.boot()
        self.settle(self.state.after_reset())
        self.greet()

    @rule(seed=SEEDS, codec=st.sampled_from(Codec), cut=CUTS, again=st.none() | CUTS)
    def lose_power(
        self, seed: int, codec: Codec, cut: tuple[int, Cut, int], again: tuple[int, Cut, int] | None
    ) -> None:
        """P13: at any store of COMMIT or CONFIRM, and then perhaps at any store of the recovery."""
        if self.state.probation:
            wanted = dropped = self.confirmed()
            act: Callable[[], object] = lambda: self.bad.confirm(self.state.active)  # noqa: E731
            survives = wanted.after_reset()
        else:
            act, wanted = self.committing(seed, codec, signed=True)
            dropped = self.dropped(wanted)
            survives = self.state.after_reset()
        self.device.cut_after(*cut)
        try:
            self.attempt(act, wanted, failing=(dropped,))
        except PowerLostError:
            self.recover(again)
            self.settle(self.state.after_reset(), survives)
            self.greet()
        self.device.heal()

    def recover(self, again: tuple[int, Cut, int] | None) -> None:
        """Boot, with one more cut on the way perhaps."""
        self.device.heal()
        self.line.forget()
        if again is not None:
            self.device.cut_after(*again)
            with suppress(PowerLostError):
                self.device.boot()
            self.device.heal()
        assert self.device.boot() is None

    @invariant()
    def bank_is_whole(self) -> None:
        """P7, P13: the active bank is the edit's, whatever came before it; the flash was used as it must be."""
        if hasattr(self, "state"):
            assert self.banks[self.state.active].tobytes() == self.good.read_bank().tobytes()
            assert self.state.confirmed_counter <= self.state.counter
            assert self.device.violations == 0

    def teardown(self) -> None:
        """P13: the device takes the next edit."""
        if hasattr(self, "state"):
            self.good.drop()
            edit = self.edit(1, Codec.INT8, signed=True, durable=False)
            assert edit.digest == self.good.send_edit(edit).active.digest
            self.device.close()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[LossyLink]]:
    """The machine with the tiny device, which switches as often as it is asked to."""
    folder = tmp_path_factory.mktemp("lossy")
    LossyLink.library = build_library(assemble("tiny_bundle", folder), folder / "build", BuildSettings(limits=False))
    return LossyLink


@pytest.mark.property("P6", "P7", "P8", "P9", "P13", "P15", "P16")
def test_no_fault_of_the_line_and_no_power_cut_leads_astray(machine: type[LossyLink]) -> None:
    """A hundred and fifty lives of forty steps each."""
    run_state_machine_as_test(
        machine, settings=settings(max_examples=MAX_EXAMPLES, stateful_step_count=40, deadline=None)
    )
