"""An emulated board whose reset button a test can press."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import pytest

from firmware_bridge.image import Image
from hil import ports, qemu
from hil.emulator import Emulator
from hil.process import guarded

_DEADLINE_S: Final = 20.0


class Board:
    """A running board and QEMU's monitor (QMP: one JSON object a line)."""

    def __init__(self, emulator: Emulator, monitor: IO[str]) -> None:
        self.emulator = emulator
        self._monitor = monitor
        self._resets = 0  # that nobody has waited for
        self._read()  # the greeting
        self._command("qmp_capabilities")

    def reset(self) -> None:
        """Press the button; returns once the board has been reset. The flash keeps its content, RAM is not cleared."""
        self._command("system_reset")
        self.wait_for_reset()

    def wait_for_reset(self) -> None:
        """Wait until the board has been reset, whoever asked for it."""
        while self._resets == 0:
            self._read()
        self._resets -= 1

    def _command(self, name: str) -> None:
        self._monitor.write(json.dumps({"execute": name}) + "\n")
        self._monitor.flush()
        while "return" not in self._read():
            pass

    def _read(self) -> dict[str, Any]:
        line = self._monitor.readline()
        assert line, "QEMU has ended"
        said: dict[str, Any] = json.loads(line)
        assert "error" not in said, said
        self._resets += said.get("event") == "RESET"
        return said


@contextmanager
def resettable(image: Image, *, shift: int = 0) -> Iterator[Board]:
    """Run `image`; an instruction takes 2^`shift` virtual nanoseconds, so that a device that hangs does it faster."""
    if shutil.which(qemu.PROGRAM) is None:
        pytest.skip(f"{qemu.PROGRAM} is not installed (package {qemu.PACKAGE})")
    board = image.platform.name
    with ports.listening() as line, ports.listening() as monitor:
        fds = [line.fileno(), monitor.fileno()]
        command = [part.replace("shift=0", f"shift={shift}") for part in qemu.command(board, image.path, fds[0])]
        command += ["-chardev", f"socket,id=monitor,fd={fds[1]},server=on,wait=off", "-mon", "monitor,mode=control"]
        with guarded(command, pass_fds=fds) as process:
            address = monitor.getsockname()
            url = ports.url_of(line)
            line.close()
            monitor.close()
            with socket.create_connection(address, _DEADLINE_S) as connection, connection.makefile("rw") as stream:
                yield Board(Emulator(board, url, process), stream)
