"""Look at one device again and again, and look for it where it went away."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager

from firmware_bridge.client import Device
from firmware_bridge.errors import BridgeError, RefusedError
from firmware_bridge.look import Look, look_at


def looks(
    open_port: Callable[[], AbstractContextManager[Device]],
    interval_s: float,
    pause: Callable[[float], object],
    clock: Callable[[], float],
) -> Iterator[Look | BridgeError]:
    """Every look, or why there was none, without an end.

    Args:
        open_port: opens the port and greets the device.
        interval_s: seconds between two looks, and between two tries to find a device that went away.
        pause: waits so many seconds.
        clock: seconds that never go back.

    Raises:
        RefusedError: the device is not the one that is wanted, or refuses to be asked.
    """
    before: Look | None = None
    while True:
        before = yield from _until_lost(open_port, before, interval_s, pause, clock)
        pause(interval_s)


def _until_lost(
    open_port: Callable[[], AbstractContextManager[Device]],
    before: Look | None,
    interval_s: float,
    pause: Callable[[float], object],
    clock: Callable[[], float],
) -> Generator[Look | BridgeError, None, Look | None]:
    """All looks over one connection, then why it ended; gives back the last look."""
    try:
        with open_port() as device:
            while True:
                before = look_at(device, clock(), before)
                yield before
                pause(interval_s)
    except BridgeError as error:
        if isinstance(error, RefusedError):
            raise
        yield error
        return before
