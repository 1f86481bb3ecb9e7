"""The posix board: the firmware as a process of this machine."""

from __future__ import annotations

from pathlib import Path


def command(image: Path, listen_fd: int, storage: Path | None = None) -> list[str]:
    """How the device is started; it accepts one host after the other on the inherited socket.

    `storage` is the file that keeps its flash; None: it has none.
    """
    return [str(image), "--listen-fd", str(listen_fd), *([] if storage is None else ["--flash", str(storage)])]
