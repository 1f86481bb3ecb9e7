"""UF2: the image is copied to the drive that the board's boot loader shows.

The boot loader is the judge: it starts the program, and its drive goes away, when every block has come. Nothing can be
read back then; HELLO, which gives the fingerprint of the base, is the next test.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.plan import Plan, Runner, Step, word
from hil.runners.program import Program
from hil.runners.uf2_format import to_uf2

_FILE: Final = "image.uf2"


def plan(board: Board, program: Program, work: Path) -> Plan:
    """A program of its own copies, because a drive that hangs can hang whoever writes to it."""
    files = {_FILE: to_uf2(program.segments, int(word(board, "family"), 0))}
    argv = (sys.executable, "-m", "hil.runners.boot_drive", str(work / _FILE), word(board, "drive"))
    return Plan((Step(argv, "copy the image to the boot drive, until that restarts", board.flash_timeout_s),), files)


RUNNER: Final = Runner(
    "uf2",
    sys.executable,
    "nothing is needed besides Python",
    plan,
    needs={
        "drive": "where the boot drive is mounted: /media/you/RPI-RP2",
        "family": "the family id of the chip (uf2families.json): 0xe48bff56 is the RP2040",
    },
)
