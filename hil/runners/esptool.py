"""esptool: Espressif's chips, through the serial port that the device answers on.

Their ROM loads no plain copy of the memory but an image of Espressif's own format, which esptool makes of the ELF.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.plan import PROGRAM_PARAM, Plan, Runner, Step, word
from hil.runners.program import Program

_APPLICATION: Final = "0x10000"
"""Where the default partition table has the application (ESP-IDF Programming Guide, "Partition Tables")."""


def plan(board: Board, program: Program, work: Path) -> Plan:
    """Make the image, write it, read it back, reset."""
    tool, chip = word(board, PROGRAM_PARAM, RUNNER.program), word(board, "chip")
    image, offset = str(work / "image.bin"), word(board, "offset", _APPLICATION)
    port = ("--chip", chip, "--port", str(board.serial), "--baud", word(board, "flash_baud", str(board.baud)))
    deadline_s = board.flash_timeout_s
    return Plan(
        (
            Step((tool, "--chip", chip, "elf2image", "--output", image, str(program.path)), "convert it", deadline_s),
            Step(
                (tool, *port, "--after", "no-reset", "write-flash", offset, image),
                "write the image",
                deadline_s,
                require=("Hash of data verified",),
            ),
            Step(
                (tool, *port, "--after", "hard-reset", "verify-flash", offset, image),
                "compare the image with the flash, and reset",
                deadline_s,
            ),
        )
    )


RUNNER: Final = Runner(
    "esptool",
    "esptool",
    "install it: pip install 'esptool>=5'",
    plan,
    needs={"chip": "the chip, as `esptool --chip` calls it: esp32s3"},
    takes={"offset": f"where in the flash the image goes [{_APPLICATION}]", "flash_baud": "speed while flashing"},
)
