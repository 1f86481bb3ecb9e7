"""A board brought up for a test: built, started or flashed, greeted, and everything that happens on its line kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware_bridge.build_settings import DEVELOPMENT, BuildSettings
from firmware_bridge.client import Device
from firmware_bridge.image import Image
from firmware_bridge.link import Link
from firmware_bridge.transport import open_transport
from hil.emulator import Emulator, buffering, start
from hil.greeting import greeted
from hil.images import image_for
from hil.inventory.board import Board
from hil.recording import Recording, RecordingTransport
from toolchain.bundle import Bundle
from toolchain.progress import Progress, silent

Flash = Callable[[Board, Image], None]
"""Puts an image on a board that is no emulator."""

LOG_FILE: Final = "device.log"
ABOUT_FILE: Final = "about.json"


@dataclass(frozen=True)
class Setup:
    """A board and what runs on it."""

    board: Board
    bundle: Bundle
    image: Image

    def about(self) -> dict[str, Any]:
        """What the evidence belongs to."""
        image = self.image
        return {
            "board": self.board.id,
            "platform": self.board.platform.name,
            "core": self.board.platform.core,
            "runner": self.board.runner,
            "bundle": self.bundle.name,
            "base": self.bundle.base.hex(),
            "firmware_digest": image.digest,
            "flash_bytes": image.flash_bytes,
            "ram_bytes": image.ram_bytes,
        }


@dataclass(frozen=True)
class Station:
    """A board that is up: its device, what goes over its line, what it logs, and its emulator if it has one."""

    setup: Setup
    device: Device
    recording: Recording
    log: list[str]
    emulator: Emulator | None = None


@dataclass(frozen=True)
class Emulation:
    """How an emulated board is started; nothing of it holds for another one.

    Attributes:
        storage: a file that keeps its flash, where the platform has that.
        buffered: whether bytes may wait before its UART, where `hil.emulator.buffering` can have that.
    """

    storage: Path | None = None
    buffered: bool = False


PLAIN: Final = Emulation()


class Builder:
    """Gives the image of a bundle for a board, once for each."""

    def __init__(self, bundle: Bundle, progress: Progress = silent, settings: BuildSettings = DEVELOPMENT) -> None:
        self.bundle = bundle
        self._progress = progress
        self._settings = settings

    def image(self, board: Board) -> Image:
        """The image.

        Raises:
            BuildError: it cannot be built.
        """
        return image_for(self.bundle, board.platform, self._progress, settings=self._settings)


@contextmanager
def opened(
    board: Board,
    builder: Builder,
    evidence: Path | None = None,
    *,
    flash: Flash | None = None,
    emulation: Emulation = PLAIN,
) -> Iterator[Station]:
    """Bring `board` up with the builder's bundle while the block runs.

    Args:
        board: an emulated one is started anew, another one is flashed by `flash` and greeted on its port.
        builder: where its image comes from.
        evidence: a folder that gets rx.bin, tx.bin, frames.txt, device.log and about.json, however the block ends.
        flash: needed for a board that is no emulator.
        emulation: how an emulated board is started.

    Raises:
        BuildError: the image cannot be built.
        FlashFailedError: it cannot be put on the board.
        NoBootError: HELLO is not answered.
        CrashedError: the emulated device ended.
        PortError: the port cannot be opened.
    """
    setup = Setup(board, builder.bundle, builder.image(board))
    log: list[str] = []
    kept: list[RecordingTransport] = []

    @contextmanager
    def connect(url: str) -> Iterator[Device]:
        transport = RecordingTransport(open_transport(url, board.baud))
        kept.append(transport)
        try:
            yield Device(Link(transport, on_log=log.append))
        finally:
            transport.close()

    try:
        if board.serial is None:
            extra = buffering(board.platform.name) if emulation.buffered else ()
            with start(setup.image, emulation.storage, extra) as emulator, emulator.device(connect) as device:
                yield Station(setup, device, kept[-1].recording, log, emulator)
        else:
            if flash is not None:
                flash(board, setup.image)
            with greeted(board, connect) as device:
                yield Station(setup, device, kept[-1].recording, log)
    finally:
        if evidence is not None:
            _save(evidence, setup, [transport.recording for transport in kept], log)


def _save(folder: Path, setup: Setup, recordings: Sequence[Recording], log: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Recording([chunk for recording in recordings for chunk in recording.chunks]).save(folder)
    (folder / LOG_FILE).write_text("".join(f"{line}\n" for line in log))
    (folder / ABOUT_FILE).write_text(json.dumps(setup.about(), indent=2) + "\n")
