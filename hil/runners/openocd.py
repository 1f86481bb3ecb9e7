"""OpenOCD: its `program` command writes, reads back and resets (OpenOCD User's Guide, 12.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.plan import PROGRAM_PARAM, Plan, Runner, Step, word, words
from hil.runners.program import Program

_NO_SERVERS: Final = tuple(part for name in ("gdb", "tcl", "telnet") for part in ("-c", f"{name}_port disabled"))
"""By default it serves three fixed ports, which two boards at once would quarrel about."""


def plan(board: Board, program: Program, work: Path) -> Plan:
    """One call."""
    del work
    argv = [word(board, PROGRAM_PARAM, RUNNER.program)]
    argv += [part for name in words(board, "config") for part in ("-f", name)]
    argv += [part for command in words(board, "commands") for part in ("-c", command)]
    argv += [
        *_NO_SERVERS,
        "-c",
        f"adapter serial {{{board.probe_id}}}",
        "-c",
        f"program {{{program.path}}} verify reset exit",
    ]
    step = Step(
        tuple(argv),
        "write the image and read it back",
        board.flash_timeout_s,
        require=("** Programming Finished **", "** Verified OK **"),
    )
    return Plan((step,))


RUNNER: Final = Runner(
    "openocd",
    "openocd",
    "install it (on Debian: apt install openocd)",
    plan,
    needs={"config": "configuration files: [interface/stlink.cfg, target/stm32f4x.cfg]"},
    takes={"commands": "commands after those files: [transport select swd]"},
)
