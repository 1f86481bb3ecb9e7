"""One program at a board: a lock file for each, in a folder of the user's own.

The kernel lets go of the lock when its holder ends, however it ends; the file only says who that is.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hil.errors import BoardBusyError, HilError
from hil.inventory.board import Board
from hil.process import guarded

DEFAULT_WAIT_S: Final = 10.0

_WAIT: Final = "import fcntl, sys; fcntl.flock(int(sys.argv[1]), fcntl.LOCK_EX)"
"""A lock belongs to an open file, not to a process: a child that waits for it takes it for us."""
_HOLDER_BYTES: Final = 65_536


def runtime_folder() -> Path:
    """The folder for locks: `$XDG_RUNTIME_DIR/persona`, or one with the user's number in the temporary folder.

    Raises:
        HilError: it belongs to somebody else, or others may write there.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "persona" if base else Path(tempfile.gettempdir()) / f"persona-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o022:
        raise HilError(
            f"{folder} is not safe for locks",
            expected="a folder that only this user may write",
            received=f"{stat.filemode(state.st_mode)}, owner {state.st_uid}",
            remedy="remove it, or set XDG_RUNTIME_DIR",
        )
    return folder


@contextmanager
def locked(board: Board, wait_s: float | None = None, folder: Path | None = None) -> Iterator[None]:
    """Have `board` alone while the block runs; an emulated one is started anew for everybody and needs no lock.

    Args:
        board: whose lock.
        wait_s: how long another may keep it, seconds; `DEFAULT_WAIT_S` unless given.
        folder: where the lock is, `runtime_folder()` unless given.

    Raises:
        BoardBusyError: another program has it all that time; names it.
    """
    if board.emulated:
        yield
        return
    wait_s = DEFAULT_WAIT_S if wait_s is None else wait_s
    path = (folder or runtime_folder()) / f"{board.id}.lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _take(fd, wait_s):
            raise BoardBusyError(
                f"the board {board.id} is busy",
                expected=f"it free within {wait_s:g} s",
                received=f"{_holder(fd)} has it",
                remedy="wait until that has ended, or end it",
            )
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps({"pid": os.getpid(), "command": sys.orig_argv}).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(fd, 0)
    finally:
        os.close(fd)


def _take(fd: int, wait_s: float) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if wait_s <= 0:
            return False
    else:
        return True
    with guarded([sys.executable, "-IS", "-c", _WAIT, str(fd)], pass_fds=[fd]) as waiting:
        return waiting.exit_code(wait_s) == os.EX_OK


def _holder(fd: int) -> str:
    try:
        said = json.loads(os.pread(fd, _HOLDER_BYTES, 0))
        return f"process {said['pid']} ({' '.join(said['command'])})"
    except (ValueError, KeyError, TypeError):
        return "another process, which has not said who it is,"
