"""What of the inventory is plugged in, and what is plugged in that the inventory does not have."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hil.inventory.board import QEMU, Board
from hil.qemu import PACKAGE, PROGRAM

BY_ID: Final = Path("/dev/serial/by-id")


@dataclass(frozen=True)
class Port:
    """A serial port of this machine; `stable` is its path under `/dev/serial/by-id`, if it has one."""

    device: str
    stable: str | None
    serial_number: str | None
    description: str


@dataclass(frozen=True)
class State:
    """Whether a board can be used, and what that was read from."""

    ready: bool
    text: str


def ports(by_id: Path = BY_ID) -> list[Port]:
    """The serial ports of this machine."""
    from serial.tools.list_ports import comports

    links = {str(link.resolve()): str(link) for link in sorted(by_id.iterdir())} if by_id.is_dir() else {}
    return [
        Port(port.device, links.get(str(Path(port.device).resolve())), port.serial_number, port.description)
        for port in sorted(comports())
        # A PC's fixed ports are there without anything plugged in.
        if port.hwid not in (None, "n/a")
    ]


def state(
    board: Board,
    found: Sequence[Port],
    exists: Callable[[str], bool] = lambda path: Path(path).exists(),
    which: Callable[[str], str | None] = shutil.which,
) -> State:
    """Whether `board` is there, given the ports that were `found`."""
    if board.serial is None:
        if board.runner == QEMU and which(PROGRAM) is None:
            return State(ready=False, text=f"emulated, but QEMU is missing (on Debian: apt install {PACKAGE})")
        return State(ready=True, text="emulated")
    if "://" in board.serial:
        return State(ready=True, text="elsewhere, not looked at")
    if any(board.serial in (port.device, port.stable) for port in found) or exists(board.serial):
        return State(ready=True, text="plugged in")
    probe = next((port for port in found if _same(port.serial_number, board.probe_id)), None)
    if probe is not None:
        return State(ready=False, text=f"its probe is at {probe.device}, its port is not there")
    return State(ready=False, text="not plugged in")


def strangers(boards: Iterable[Board], found: Sequence[Port]) -> list[Port]:
    """The ports that belong to no board."""
    known = list(boards)
    return [
        port
        for port in found
        if not any(b.serial in (port.device, port.stable) or _same(port.serial_number, b.probe_id) for b in known)
    ]


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() == other.casefold()
