"""Emulators: a board that is a program of this machine is not flashed but started with its image."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hil.emulator import COMMANDS
from hil.inventory.board import Board
from hil.qemu import PACKAGE, PROGRAM
from hil.runners.plan import Plan, Runner, Step
from hil.runners.program import Program

_LISTENER: Final = 3


def plan(board: Board, program: Program, work: Path) -> Plan:
    """How it is started; descriptor 3 stands for the socket that it listens on. `hil.emulator.start` does it."""
    del work
    argv = tuple(COMMANDS[board.platform.name](program.path, _LISTENER, None))
    return Plan((Step(argv, "start the image; descriptor 3 is the listening socket", board.flash_timeout_s),))


RUNNER: Final = Runner("qemu", PROGRAM, f"install it (on Debian: apt install {PACKAGE})", plan)
POSIX: Final = Runner("posix", "the image", "build it", plan)
