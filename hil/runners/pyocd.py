"""pyOCD: writes the ELF, then compares each segment with the memory and resets."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.plan import PROGRAM_PARAM, Plan, Runner, Step, word
from hil.runners.program import Program


def plan(board: Board, program: Program, work: Path) -> Plan:
    """Write without a reset, compare, reset: what runs is what was compared."""
    tool = word(board, PROGRAM_PARAM, RUNNER.program)
    probe = ("--no-config", "--no-wait", "--probe", str(board.probe_id), "--target", word(board, "target"))
    files = {f"segment-{index}.bin": segment.data for index, segment in enumerate(program.segments)}
    compare = [
        # The commander splits its commands as a shell does.
        part
        for name, segment in zip(files, program.segments, strict=True)
        for part in ("-c", f"compare {segment.address:#x} '{work / name}'")
    ]
    write = Step(
        (tool, "flash", *probe, "--no-reset", "--format", "elf", str(program.path)),
        "write the image",
        board.flash_timeout_s,
    )
    check = Step(
        (tool, "commander", *probe, "--connect", "halt", *compare, "-c", "reset"),
        "compare the image with the memory, and reset",
        board.flash_timeout_s,
        require=tuple(f"All {len(data)} bytes match" for data in files.values()),
        refuse=("Mismatched byte",),
    )
    return Plan((write, check), files)


RUNNER: Final = Runner(
    "pyocd",
    "pyocd",
    "install it: pip install pyocd",
    plan,
    needs={"target": "the chip, as `pyocd list --targets` calls it: stm32f405rgtx"},
)
