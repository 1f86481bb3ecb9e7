"""One board while a scenario plays on it: what is up, and what must be true of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

from firmware_bridge.adapt import Observed, Proposal
from firmware_bridge.build_settings import DEVELOPMENT, BuildSettings
from firmware_bridge.client import Device, Inference
from firmware_bridge.image import Image
from firmware_bridge.matching import require_bundle
from hil.comparison import require_equal
from hil.emulator import STORING
from hil.errors import WrongResultError
from hil.inventory.board import Board
from hil.scenarios.errors import StepError
from hil.scenarios.record import EditEntry, Record
from hil.scenarios.windows import Window, Windows
from hil.station import Builder, Emulation, Flash, Station, opened
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest
from toolchain.edit import Edit
from toolchain.layout import Vector
from toolchain.progress import Progress, silent
from toolchain.reference import Reference


class Editor(Protocol):
    """What makes edits; `windows` tells whether it reads every embedding, which costs more than their summary."""

    @property
    def windows(self) -> bool:
        """Whether it does."""

    def __call__(self, observed: Observed) -> Proposal:
        """The edit for a context."""


@dataclass(frozen=True)
class Plan:
    """What a scenario is played with.

    Attributes:
        board: what it is played on.
        bundle: what runs there.
        windows: what the device is shown.
        editor: None where the bundle brings none.
        evidence: the folder that gets everything that went over the line.
        storage: the file that keeps the flash of a board that can be cut off; it must not exist yet.
        flash: puts the image on a board that is no emulator.
        progress: told of long steps.
    """

    board: Board
    bundle: Bundle
    windows: Windows
    editor: Editor | None
    evidence: Path
    storage: Path
    flash: Flash | None = None
    progress: Progress = silent


@dataclass(frozen=True)
class Held:
    """A bank, and the edit that made it; None for the factory head."""

    bank: Vector
    entry: EditEntry | None = None
    edit: Edit | None = None


@dataclass
class State:
    """The state; a context manager that leaves nothing running.

    `active` is what the device must run, `other` what one REVERT brings back, `confirmed` what a reset brings back.
    """

    plan: Plan
    record: Record = field(default_factory=Record)
    settings: BuildSettings = DEVELOPMENT
    boots: int = 0
    image: Image | None = None
    _open: ExitStack | None = None
    _station: Station | None = None

    def __post_init__(self) -> None:
        """Everything begins with the factory head."""
        self.active = self.other = self.confirmed = Held(self.plan.bundle.prototypes[0])

    def __enter__(self) -> State:  # noqa: PYI034  # Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Shut the board down; what ended the scenario passes through, as the failure that it is."""
        stack, self._open, self._station = self._open, None, None
        return None if stack is None else stack.__exit__(kind, error, trace)

    @cached_property
    def reference(self) -> Reference:
        """What every output is compared with."""
        return Reference(self.plan.bundle.model)

    @property
    def station(self) -> Station:
        """The board that is up.

        Raises:
            StepError: it is not.
        """
        if self._station is None:
            raise StepError("the board is not up", remedy="let the scenario begin with `boot`")
        return self._station

    @property
    def device(self) -> Device:
        """The device that is up."""
        return self.station.device

    def power_up(self, settings: BuildSettings, *, buffered: bool = False) -> None:
        """Start the board with what its flash holds; what its line carries goes into a folder of this boot.

        `buffered` is as in `hil.station.Emulation`.

        Raises:
            PersonaError: as `hil.station.opened`, or the device holds another bundle.
        """
        self.power_down()
        plan, self.settings = self.plan, settings
        self.boots += 1
        folder = plan.evidence if self.boots == 1 else plan.evidence / f"boot-{self.boots}"
        storage = plan.storage if plan.board.emulated and plan.board.platform.name in STORING else None
        builder = Builder(plan.bundle, plan.progress, settings)
        self.image = builder.image(plan.board)
        stack = ExitStack()
        self._open = stack
        flash = plan.flash if self.boots == 1 else None
        emulation = Emulation(storage, buffered=buffered)
        self._station = stack.enter_context(opened(plan.board, builder, folder, flash=flash, emulation=emulation))
        require_bundle(self.device.hello, plan.bundle)
        self.record.ticks_per_s = self.device.hello.ticks_per_s

    def power_down(self) -> None:
        """Kill an emulated board as a power cut does; nothing is said to it before."""
        stack, self._open, self._station = self._open, None, None
        if stack is not None:
            stack.close()

    def infer(self, window: Window, *, remember: bool = False, forget: bool = False) -> Inference:
        """Infer on one window and compare the output with the reference under the bank that must be active."""
        expected = self.reference.run(window, self.active.bank)
        raw = b"".join(np.ascontiguousarray(part).tobytes() for part in window)
        came = self.device.infer(raw, remember=remember, forget=forget)
        compared = self.record.compared
        compared.compare(f"inference {compared.total}", expected.output_bytes, came.output)
        return came

    def require_bank(self) -> None:
        """Read the active bank, all of it, and hold it to the one that must be there.

        Raises:
            WrongResultError: it is another one.
        """
        if self.plan.bundle.layout.size:
            require_equal("the active bank", self.active.bank.tobytes(), self.device.read_bank().tobytes())

    def require_all_equal(self, what: str) -> None:
        """Every comparison so far came out equal.

        Raises:
            WrongResultError: one did not.
        """
        tally = self.record.compared
        if tally.equal != tally.total:
            raise WrongResultError(
                f"{what}: {tally.total - tally.equal} of {tally.total} comparisons with the reference differ",
                expected="the bits of the reference",
                received=tally.first_difference,
                remedy="build the firmware from this bundle again; if it stays, compare layer by layer",
            )

    def note(self, held: Held, event: str) -> None:
        """Write down what happened to the bank of an edit, or of the factory head."""
        entry = held.entry or EditEntry(0, 0, "none", 0, bank_digest(held.bank).hex(), event, "factory")
        self.record.edits.append(replace(entry, event=event))


OpenEditor = Callable[[Bundle], Editor | None]
"""Gives the editor of a bundle; None where it has none."""
