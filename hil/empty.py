"""An emulated board with empty memory that waits for gdb, as one does that was never flashed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hil import ports, qemu
from hil.emulator import Emulator
from hil.inventory.board import Board
from hil.process import guarded
from hil.runners import gdb


@contextmanager
def empty(board: Board) -> Iterator[tuple[Board, Emulator]]:
    """The QEMU of `board` without an image while the block runs, stopped until gdb lets it go.

    Gives the board as the bench would have it, with its port and the address of its gdb server, and the emulator.

    Raises:
        MissingToolError: QEMU is not installed.
    """
    with ports.listening() as uart, ports.listening() as server:
        fds = [uart.fileno(), server.fileno()]
        url, (host, port) = ports.url_of(uart), server.getsockname()
        # By default QEMU's gdb server takes a number, which another program may have; this one listens already.
        debug = ["-S", "-chardev", f"socket,id=gdb,fd={fds[1]},server=on,wait=off,nodelay=on", "-gdb", "chardev:gdb"]
        with guarded([*qemu.command(board.platform.name, None, fds[0]), *debug], pass_fds=fds) as process:
            uart.close()
            server.close()
            yield behind_gdb(board, f"{host}:{port}", url), Emulator(board.platform.name, url, process)


def behind_gdb(board: Board, server: str, serial: str) -> Board:
    """`board` as the bench would have it: its port is `serial`, its gdb server, QEMU's, at `server`."""
    params = {"server": (server,), "reset": (gdb.QEMU_RESET,)}
    return replace(board, runner=gdb.RUNNER.name, serial=serial, runner_params=params)
