"""Boards that QEMU emulates.

With `-icount shift=0` an instruction takes one virtual nanosecond, so that the device's ticks are the same on every run
and on every host. They count instructions, not cycles.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from hil.errors import MissingToolError

PROGRAM: Final = "qemu-system-arm"
PACKAGE: Final = "qemu-system-arm"
PSRAM: Final = 0x2100_0000
"""Where the PSRAM of mps2-an386 begins (Application Note AN386, "Memory map")."""
_PSRAM_SIZE: Final = "16M"
BUFFERED: Final = ("-set", "chardev.uart.mux=on", "-echr", "256")
"""Arguments that put QEMU's multiplexer between the socket and the UART, for the 32 bytes that it holds.

Without them QEMU takes a byte from the socket, waits until the guest has read it, and only then takes the next: two
threads wake each other for every byte. The multiplexer's escape character is one that no byte equals, so that all pass.
"""


def program(machine: str) -> str:
    """Path of the emulator for `machine`.

    Raises:
        MissingToolError: QEMU is not installed.
    """
    found = shutil.which(PROGRAM)
    if found is None:
        raise MissingToolError(
            f"the board {machine} needs QEMU",
            expected=f"{PROGRAM} on PATH",
            received="no such program",
            remedy=f"install it (on Debian: apt install {PACKAGE}), or use --board posix",
        )
    return found


def command(machine: str, image: Path | None, listen_fd: int, storage: Path | None = None) -> list[str]:
    """How `machine` is started with `image`, or with empty memory; its UART is the inherited socket.

    `storage` is the file that keeps the PSRAM of an MPS2 board, where the port has its flash; without one it is as
    empty at each start as any RAM.

    Raises:
        MissingToolError: QEMU is not installed.
    """
    return [
        program(machine),
        *_machine(machine, storage),
        *("-display", "none"),
        *("-monitor", "none"),
        "-nodefaults",
        *("-semihosting-config", "enable=on,target=native"),
        *("-icount", "shift=0"),
        # Without nodelay the kernel would hold back a reply's later bytes until the first ones are acknowledged.
        *("-chardev", f"socket,id=uart,fd={listen_fd},server=on,wait=off,nodelay=on"),
        *("-serial", "chardev:uart"),
        *([] if image is None else ["-kernel", str(image)]),
    ]


def _machine(machine: str, storage: Path | None) -> list[str]:
    if storage is None:
        return ["-M", machine]
    memory = f"memory-backend-file,id=psram,size={_PSRAM_SIZE},mem-path={_escaped(storage)},share=on"
    return ["-M", f"{machine},memory-backend=psram", "-object", memory]


def _escaped(path: Path) -> str:
    """In QEMU's options a comma ends a value, two are one."""
    return str(path).replace(",", ",,")
