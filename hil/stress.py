"""Thousands of edits through a line that misbehaves, while the device keeps inferring.

Each device is the real C core in this process (hil/library.py), without limits and with a virtual clock, so that lost
frames cost no waiting. Inferences run between the frames of every edit: their outputs must be those of the old bank or
of the new one. After each edit the bank is read back and compared bit for bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.errors import BridgeError
from hil.faults import FaultyTransport, Rates
from hil.library import LibraryDevice, LibraryTransport, build_library
from hil.patient import BusyLink, PatientHost
from hil.stress_edits import Choice, choices
from toolchain.bundle import Bundle
from toolchain.progress import Progress, silent

STRESS_SETTINGS: Final = BuildSettings(limits=False)
ONE_IN_FIFTY: Final = Rates.each(1 / 50)
_AT_ONCE: Final = 2


@dataclass
class Tally:
    """What came of a run.

    Attributes:
        edits: that the device took, each confirmed by reading its bank.
        wrong_parameters: parameters that differed from the edit's after it.
        stuck_devices: devices that took no edit in ten attempts.
        inferences: that were made between the frames of edits.
        mixed_outputs: of those, outputs that were neither of the old nor of the new bank.
        attempts: how often an edit was sent; more than `edits` where a whole request got lost.
        faults: of the line, by the names of `Rates`.
        frames: that the line carried, in both directions.
    """

    edits: int = 0
    wrong_parameters: int = 0
    stuck_devices: int = 0
    inferences: int = 0
    mixed_outputs: int = 0
    attempts: int = 0
    frames: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Take another device's figures in."""
        self.edits += other.edits
        self.wrong_parameters += other.wrong_parameters
        self.stuck_devices += other.stuck_devices
        self.inferences += other.inferences
        self.mixed_outputs += other.mixed_outputs
        self.attempts += other.attempts
        self.frames += other.frames
        self.faults += other.faults


@dataclass(frozen=True)
class Run:
    """One device's share: `library` is of `bundle`, built by `build_for_stress`."""

    library: Path
    bundle: Path
    edits: int
    seed: int
    rates: Rates = ONE_IN_FIFTY


@dataclass(frozen=True)
class Share:
    """`edits` in all, spread over `devices`; edits and faults follow from `seed`."""

    edits: int
    devices: int = 10
    seed: int = 0

    def runs(self, library: Path, bundle: Path) -> list[Run]:
        """One for each device."""
        each, more = divmod(self.edits, self.devices)
        first = self.devices * self.seed
        return [Run(library, bundle, each + (place < more), first + place) for place in range(self.devices)]


class _Stressed:
    """One device, and what the host knows of it."""

    def __init__(self, run: Run) -> None:
        bundle = Bundle.open(run.bundle)
        self.tally = Tally()
        self._choices = choices(bundle, run.seed)
        self._chance = np.random.default_rng(run.seed)
        self._device = LibraryDevice(run.library)
        self._device.boot()
        self._line = FaultyTransport(LibraryTransport(self._device), run.seed, run.rates)
        self._link = BusyLink(self._line, clock=self._device.clock, first_seq=run.seed & 0xFFFF)
        self._stateful = bundle.model.stateful
        self._old: Choice | None = None

    def greet(self) -> None:
        """Say HELLO; comes first."""
        self._host = PatientHost(self._link)

    def finish(self) -> Tally:
        """The figures; the device is gone afterwards."""
        self.tally.faults = self._line.faults
        self.tally.frames = self._line.frames
        self._device.close()
        return self.tally

    def edit(self) -> None:
        """Bring some edit to the device, and read its bank."""
        new = self._choices[self._chance.integers(len(self._choices))]
        watch = None if self._old is None else self._watch(self._old, new)
        before = self._host.sendings
        try:
            bank = self._host.bring(new, watch)
        finally:
            self.tally.attempts += self._host.sendings - before
        self.tally.wrong_parameters += int((bank.view(np.uint32) != new.bank.view(np.uint32)).sum())
        self.tally.edits += 1
        self._old = new

    def _watch(self, old: Choice, new: Choice) -> Callable[[], None]:
        """An inference whose output must be that of the old or the new bank."""
        place = int(self._chance.integers(len(new.outputs)))
        allowed = (old.outputs[place], new.outputs[place])

        def infer() -> None:
            with suppress(BridgeError):
                output = self._host.device.infer(new.windows[place], forget=self._stateful).output
                self.tally.inferences += 1
                self.tally.mixed_outputs += output not in allowed

        return infer


def stress_one(run: Run) -> Tally:
    """Bring `run.edits` edits to one device; it counts as stuck, and stops, when it takes none any more."""
    stressed = _Stressed(run)
    try:
        stressed.greet()
        for _ in range(run.edits):
            stressed.edit()
    except BridgeError:
        stressed.tally.stuck_devices = 1
    return stressed.finish()


def build_for_stress(bundle: Path, folder: Path) -> Path:
    """The device of `bundle`, without limits.

    Raises:
        BuildError: it cannot be built.
    """
    return build_library(bundle, folder, STRESS_SETTINGS)


def stress(library: Path, bundle: Path, share: Share, progress: Progress = silent) -> Tally:
    """Bring edits to several devices, two of them at a time.

    Args:
        library: what `build_for_stress` gave.
        bundle: what it was built from.
        share: how many of what.
        progress: told of every finished device.
    """
    runs = share.runs(library, bundle)
    tally = Tally()
    # A forked child would inherit threads that the compiler's libraries may have started.
    with ProcessPoolExecutor(max_workers=_AT_ONCE, mp_context=get_context("spawn")) as pool:
        for number, one in enumerate(pool.map(stress_one, runs), 1):
            tally.add(one)
            progress("stress", number, len(runs))
    return tally
