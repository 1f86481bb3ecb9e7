"""One board brought up for one test: timed, recorded, and asked at the end whether it still runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.errors import BridgeError
from firmware_bridge.image import Image
from firmware_bridge.matching import require_bundle
from hil.inventory.board import Board
from hil.station import Builder, Emulation, Flash, Station, opened
from hil.testing import evidence
from hil.testing.instructions import instructions_of
from toolchain.bundle import Bundle
from toolchain.errors import PersonaError

Note = Callable[[str, object], None]
"""Keeps a property of a test, by name."""


@dataclass
class BringUp:
    """A test's board.

    Attributes:
        board: which one.
        folder: the test's evidence.
        note: keeps a property of the test.
        command: how the run was started.
        station: what is up, None before and after.
        failed: whether a phase of the test has failed.
    """

    board: Board
    folder: Path
    note: Note
    command: str
    station: Station | None = None
    failed: bool = False

    def judge(self, error: BridgeError) -> PersonaError:
        """What `error` of the test's body is: a crash, if the emulator has ended meanwhile, else itself."""
        emulator = None if self.station is None else self.station.emulator
        return error if emulator is None else emulator.judge(error)

    @contextmanager
    def up(self, bundle: Bundle, flash: Flash | None, storage: Path | None) -> Iterator[Station]:
        """Bring the board up with `bundle` while the block runs.

        Args:
            bundle: what its image is built from.
            flash: puts the image on a board of the bench; None: it holds it already.
            storage: a file that keeps an emulated board's flash.

        Raises:
            MismatchError: the board holds another bundle.
            CrashedError: the device ended after its last answer, and no phase of the test has failed before.
            PersonaError: as `hil.station.opened`.
        """
        evidence.clear(self.folder)
        self.note("board", self.board.id)
        self.note("core", self.board.platform.core)
        try:
            with evidence.commands_started() as commands, self._up(bundle, flash, storage) as station:
                yield station
        finally:
            self.station = None
            evidence.save(self.folder, [self.command, *commands])

    @contextmanager
    def _up(self, bundle: Bundle, flash: Flash | None, storage: Path | None) -> Iterator[Station]:
        builder, started = Builder(bundle), time.perf_counter()
        self._note_image(builder.image(self.board), started)
        started = time.perf_counter()
        with opened(self.board, builder, self.folder, flash=flash, emulation=Emulation(storage)) as station:
            self.note("latency_boot_s", f"{time.perf_counter() - started:.3f}")
            require_bundle(station.device.hello, bundle)
            self.station = station
            yield station
            if not self.failed and station.emulator is not None:
                station.emulator.require_running()

    def _note_image(self, image: Image, started: float) -> None:
        self.note("latency_build_s", f"{time.perf_counter() - started:.3f}")
        self.note("firmware_digest", image.digest)

    def note_test(self, seconds: float) -> None:
        """Keep what the body of the test took."""
        self.note("latency_test_s", f"{seconds:.3f}")
        count = None if self.station is None else instructions_of(self.board, self.station.recording)
        if count is not None:
            self.note("instructions", count)
