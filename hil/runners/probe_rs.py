"""probe-rs: download, verify, reset. Its `verify` ends with exit code 0 also when it found a difference."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.plan import PROGRAM_PARAM, Plan, Runner, Step, word
from hil.runners.program import Program


def plan(board: Board, program: Program, work: Path) -> Plan:
    """Three calls; `probe_id` is what probe-rs calls a selector, VID:PID:SERIAL."""
    del work
    tool = word(board, PROGRAM_PARAM, RUNNER.program)
    probe = ("--non-interactive", "--chip", word(board, "chip"), "--probe", str(board.probe_id))
    quiet = ("--disable-progressbars", str(program.path))
    deadline_s = board.flash_timeout_s
    return Plan(
        (
            Step((tool, "download", *probe, *quiet), "write the image", deadline_s),
            Step(
                (tool, "verify", *probe, *quiet),
                "compare the image with the memory",
                deadline_s,
                require=("Verification successful",),
            ),
            Step((tool, "reset", *probe), "reset the board", deadline_s),
        )
    )


RUNNER: Final = Runner(
    "probe_rs",
    "probe-rs",
    "install it as https://probe.rs/docs/getting-started/installation says",
    plan,
    needs={"chip": "the chip, as `probe-rs chip list` calls it: STM32F405RGTx"},
)
