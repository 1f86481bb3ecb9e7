"""Copy a UF2 file to a boot drive and wait until the board has left it: `python -m hil.runners.boot_drive FILE DRIVE`.

The wait has no deadline of its own; whoever starts this program has one.
"""

from __future__ import annotations

import os
import select
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

INFO: Final = "INFO_UF2.TXT"
"""Every UF2 boot drive has it (github.com/microsoft/uf2)."""
_MOUNTS: Final = Path("/proc/self/mountinfo")
_LOOK_MS: Final = 100
"""Where nobody unmounts a drive that went away, or the system is not Linux, no event comes: then we look that often."""


def copy(source: Path, drive: Path) -> None:
    """Copy, and return when the drive is gone.

    Raises:
        OSError: there is no such drive, or it cannot be written.
    """
    (drive / INFO).stat()
    with (drive / source.name).open("wb") as file:
        file.write(source.read_bytes())
        file.flush()
        try:
            os.fsync(file.fileno())
        except OSError:
            # The board may restart before the file is closed; if it has not, the next look tells.
            if _shows(drive):
                raise
    _wait_until_gone(drive)


def _shows(drive: Path) -> bool:
    try:
        (drive / INFO).stat()
    except OSError:
        return False
    return True


def _wait_until_gone(drive: Path) -> None:
    poll = select.poll()
    with ExitStack() as stack:
        if _MOUNTS.exists():
            poll.register(stack.enter_context(_MOUNTS.open()), select.POLLPRI | select.POLLERR)
        while _shows(drive):
            poll.poll(_LOOK_MS)


if __name__ == "__main__":
    try:
        copy(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as problem:
        sys.exit(f"{problem}; expected a boot drive with {INFO} at {sys.argv[2]}: press its boot button, plug it in")
