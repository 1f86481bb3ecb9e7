"""gdb, through any gdb server: QEMU, OpenOCD, J-Link, pyOCD, Black Magic.

The server was started by somebody else. gdb goes on after an error of one command, so its output is what tells: `load`
prints a transfer rate, `compare-sections` a line for each section (GDB manual, 20.1 and 12.20).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.plan import PROGRAM_PARAM, Plan, Runner, Step, word, words
from hil.runners.program import Program

COMPARE: Final = "compare-sections"
QEMU_RESET: Final = "monitor system_reset"
_RESET: Final = "monitor reset"


def plan(board: Board, program: Program, work: Path) -> Plan:
    """One session: connect, load, compare, reset, let it run."""
    del work
    commands = [
        # A server that is not there is an error at once, not after fifteen seconds.
        "set tcp auto-retry off",
        f"target extended-remote {word(board, 'server')}",
        *words(board, "before"),
        "load",
        COMPARE,
        word(board, "reset", _RESET),
        "detach",
    ]
    argv = [word(board, PROGRAM_PARAM, RUNNER.program), "-nx", "-batch"]
    argv += [part for command in commands for part in ("-ex", command)]
    step = Step(
        (*argv, str(program.path)),
        "load the image and compare it with the memory",
        board.flash_timeout_s,
        require=("Transfer rate", ": matched."),
        refuse=("MIS-MATCHED", "Load failed"),
    )
    return Plan((step,))


RUNNER: Final = Runner(
    "gdb",
    "gdb-multiarch",
    "install it (on Debian: apt install gdb-multiarch)",
    plan,
    needs={"server": "where the gdb server is, as `target extended-remote` takes it: localhost:3333, /dev/ttyBmpGdb"},
    takes={
        "before": "gdb commands between connecting and loading: [monitor reset halt]",
        "reset": f"the gdb command that resets the board [{_RESET}]",
    },
)
