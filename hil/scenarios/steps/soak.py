"""`soak`: thousands of inferences and edits through a line that misbehaves."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from firmware_bridge.errors import BridgeError
from hil.comparison import describe
from hil.errors import WrongResultError
from hil.faults import FaultyTransport, Rates
from hil.hurry import HurriedTransport
from hil.patient import BusyLink, PatientHost
from hil.scenarios.arguments import LEAST, MOST
from hil.scenarios.errors import StepError
from hil.scenarios.state import Held
from hil.stress_edits import Choice, choices

if TYPE_CHECKING:
    from hil.scenarios.state import State

_REPORT_EVERY: Final = 500
_KEPT_CHUNKS: Final = 4000
"""Of the recording: the last ones are what a failure is understood with."""


@dataclass(frozen=True)
class Soak:
    """Inferences with edits spread evenly between them; every output is that of the old bank or of the new one.

    Attributes:
        inferences: that must be answered.
        edits: that must arrive; each bank is read back, bit for bit.
        faults: probability of damage, loss, repetition and reordering each, for every frame.
        seed: where edits and faults come from.
    """

    inferences: int = field(default=10_000, metadata={LEAST: 1})
    edits: int = field(default=200, metadata={LEAST: 0})
    faults: float = field(default=0.02, metadata={LEAST: 0, MOST: 0.2})
    seed: int = field(default=0, metadata={LEAST: 0})

    NAME: ClassVar[str] = "soak"

    def run(self, state: State) -> None:
        """Do it."""
        if self.edits and state.settings.limits:
            raise StepError(
                "the device limits how often its bank changes", remedy="begin the scenario with `boot: {limits: false}`"
            )
        soaking = _Soaking(self, state)
        soaking.run()
        state.device.status()  # what the host knew of the device is older than the soak


class _Soaking:
    """One soak: the device behind a faulty line, and what the host knows of it."""

    def __init__(self, soak: Soak, state: State) -> None:
        line = HurriedTransport(state.device.link.transport)
        self._faulty = FaultyTransport(line, soak.seed, Rates.each(soak.faults))
        self._link = BusyLink(self._faulty, clock=line.clock)
        self._soak, self._state = soak, state
        self._chance = np.random.default_rng(soak.seed)
        bundle = state.plan.bundle
        known = choices(bundle, soak.seed) if bundle.layout.size else []
        self._choices = [choice for choice in known if choice.edit.codec in state.device.hello.codecs]
        self._stateful = bundle.model.stateful
        self._windows, self._outputs = _first(state)
        self._between = 0

    def run(self) -> None:
        """Do it; the figures are in the record afterwards, also when it fails."""
        soak, state = self._soak, self._state
        self._host = host = PatientHost(self._link)
        every = soak.inferences / max(1, soak.edits)
        number = edits = 0
        try:
            for number in range(1, soak.inferences + 1):
                while edits < min(soak.edits, int(number / every)):
                    self._edit()
                    edits += 1
                self._infer(number)
                if number % _REPORT_EVERY == 0:
                    del state.station.recording.chunks[:-_KEPT_CHUNKS]
                    state.plan.progress("soak", number, soak.inferences)
        finally:
            faults = {f"fault_{name}": count for name, count in self._faulty.faults.items()}
            state.record.soak = {
                "inferences": number,
                "edits": edits,
                "frames": self._faulty.frames,
                "between_frames_of_edits": self._between,
                "unanswered": host.failed,
                **faults,
            }

    def _infer(self, number: int) -> None:
        place = number % len(self._windows)
        came = self._host.insist(lambda: self._host.device.infer(self._windows[place], forget=self._stateful)).output
        self._judge(f"inference {number} of the soak", (self._outputs[place],), came)

    def _edit(self) -> None:
        """Bring some edit to the device, infer between its frames, and read its bank."""
        new = self._choices[self._chance.integers(len(self._choices))]
        bank = self._host.bring(new, lambda: self._infer_between(new))
        self._judge("the bank after an edit", (new.bank.tobytes(),), bank.tobytes())
        state = self._state
        state.other, state.active = state.active, Held(new.bank)
        self._windows, self._outputs = new.windows, new.outputs

    def _infer_between(self, new: Choice) -> None:
        """The output is that of the old bank or of the new one."""
        place = self._between % len(new.windows)
        with suppress(BridgeError):
            came = self._host.device.infer(new.windows[place], forget=self._stateful).output
            self._between += 1
            self._judge("an inference between the frames of an edit", (self._outputs[place], new.outputs[place]), came)

    def _judge(self, where: str, allowed: tuple[bytes, ...], came: bytes) -> None:
        wanted = came if came in allowed else allowed[-1]
        if not self._state.record.compared.compare(where, wanted, came):
            raise WrongResultError(
                f"{where} is neither that of the old nor that of the new bank",
                expected="the bits of the reference",
                received=describe(where, wanted, came),
                remedy="play the soak again with the same seed and look at the frames of the evidence",
            )


def _first(state: State) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Windows, and what the device must say of them under the bank that it starts with."""
    golden = state.plan.bundle.golden
    places = range(min(2, len(golden)))
    outputs = tuple(state.reference.run(golden.window(place), state.active.bank).output_bytes for place in places)
    return tuple(golden.input_bytes(place) for place in places), outputs
