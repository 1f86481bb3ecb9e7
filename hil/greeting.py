"""Greet a board of the bench that was just flashed: its port may come back only now, and it may be silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final

from firmware_bridge.client import Device, open_device
from firmware_bridge.errors import NoReplyError, PortError
from hil.errors import HilError, NoBootError
from hil.inventory.board import Board

PORT_S: Final = 10.0
"""How long USB may take to show the port of a device again after its reset."""
_LOOK_S: Final = 0.05


@contextmanager
def greeted(
    board: Board,
    connect: Callable[[str], AbstractContextManager[Device]] | None = None,
    *,
    port_s: float = PORT_S,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Device]:
    """The device of a board that is no emulator, once it has answered HELLO.

    Args:
        board: whose port is opened.
        connect: opens a port and greets the device; `open_device` at the board's speed unless given.
        port_s: how long that port may be away, seconds.
        wait: waits between two looks; nothing tells us of a port that appears.

    Raises:
        NoBootError: HELLO is not answered.
        PortError: there is no such port after that time, or it cannot be opened.
    """
    if board.serial is None:
        raise HilError(f"{board.id} is emulated: it has no port of its own", remedy="use hil.emulator.start")
    deadline = time.monotonic() + port_s
    while board.serial.startswith("/") and not Path(board.serial).exists():
        if time.monotonic() > deadline:
            raise PortError(
                f"{board.serial} is not there",
                expected=f"the port of {board.id} within {port_s:g} s",
                remedy="plug it in, or correct `serial` in boards.yaml",
            )
        wait(_LOOK_S)
    with ExitStack() as stack:
        try:
            opened = connect(board.serial) if connect else open_device(board.serial, baud=board.baud)
            device = stack.enter_context(opened)
        except NoReplyError as error:
            raise NoBootError(
                f"{board.id} did not boot",
                expected=f"a reply to HELLO on {board.serial} at {board.baud} baud",
                received="silence",
                remedy="is it the right port and speed? does the image belong to this platform?",
            ) from error
        yield device
