"""What goes wrong with a port, in words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from firmware_bridge.errors import PortError


@contextmanager
def translated(url: str, event: str) -> Iterator[None]:
    """Turn OSError (pyserial's errors are such) and ValueError inside the block into a `PortError` that says `event`.

    Raises:
        PortError: one of them was raised.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise PortError(
            f"the port {url} {event}",
            expected="a serial port such as /dev/ttyACM0, or socket://host:port of an emulator",
            received=str(error),
            remedy=_remedy(error),
        ) from error


def _remedy(error: Exception) -> str:
    code = getattr(error, "errno", None)
    if code == errno.EACCES:
        return "ask for access to the port (on Debian: add yourself to the group dialout and log in again)"
    if code == errno.EBUSY or "exclusively" in str(error):
        return "close the program that uses the port"
    if code == errno.ECONNREFUSED:
        return "nothing listens there: start the emulator (`persona emulate`) and use the URL that it prints"
    return f"plug the device in and look at its name; ports here: {_ports()}"


def _ports() -> str:
    from serial.tools.list_ports import comports  # a search through the machine that only errors need

    return ", ".join(sorted(port.device for port in comports())) or "none"
