"""One board as a test sees it: what it is, how it is reached, how it is flashed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from firmware_bridge.cost import DEFAULT_BAUD
from firmware_bridge.platforms import Platform, platform_named
from hil.emulator import COMMANDS

DEFAULT_FLASH_TIMEOUT_S: Final = 60.0
EMULATOR_RUNNERS: Final = {"posix": "posix"}
QEMU: Final = "qemu"


@dataclass(frozen=True)
class Board:
    """A board.

    Attributes:
        id: its name on the command line.
        platform: what firmware is built for it.
        runner: what flashes or starts it, by the names of `hil.runners`; "qemu" and "posix" start it anew each time.
        serial: its port, None for an emulated one, which gets a port of its own at every start.
        baud: bits per second on that port.
        probe_id: serial number of its debug probe, None for an emulated one.
        fixtures: what is wired to it, for tests that need that.
        flash_timeout_s: what flashing may take.
        notes: for people.
        runner_params: what its runner must know besides, as `hil.runners` lists it; each value is a list of words.
    """

    id: str
    platform: Platform
    runner: str
    serial: str | None = None
    baud: int = DEFAULT_BAUD
    probe_id: str | None = None
    fixtures: frozenset[str] = field(default_factory=frozenset)
    flash_timeout_s: float = DEFAULT_FLASH_TIMEOUT_S
    notes: str = ""
    runner_params: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def emulated(self) -> bool:
        """Whether it is a program of this machine."""
        return self.serial is None


def emulated_boards() -> dict[str, Board]:
    """Every board that this machine can emulate, by id, which is the platform's name."""
    return {
        name: Board(name, platform_named(name), EMULATOR_RUNNERS.get(name, QEMU), notes="emulated") for name in COMMANDS
    }
