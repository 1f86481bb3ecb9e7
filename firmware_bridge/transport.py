"""The edge to pyserial: open a port by URL, move bytes, and translate its exceptions once."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import serial

from firmware_bridge.cost import DEFAULT_BAUD
from firmware_bridge.errors import PortError

_CHUNK: Final = 65_536


class Transport(Protocol):
    """A line to a device. Every method may raise `PortError`."""

    @property
    def name(self) -> str:
        """What the user calls the line."""

    @property
    def baud(self) -> int:
        """Bits per second, 10 for each byte."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self, timeout_s: float) -> bytes:
        """Whatever has come, or comes first within `timeout_s`; empty after that."""

    def close(self) -> None:
        """Give the line back; more than once is fine."""


class SerialTransport:
    """A port that pyserial can open: `/dev/tty*`, `COM3`, `socket://host:port`, `rfc2217://host:port`."""

    def __init__(self, url: str, baud: int = DEFAULT_BAUD) -> None:
        """Open the port.

        Args:
            url: what pyserial's `serial_for_url` takes.
            baud: line speed; sockets ignore it.

        Raises:
            PortError: there is no such port, it is in use, or it may not be opened.
        """
        self._url = url
        self._baud = baud
        with _translated(url, "cannot be opened"):
            # Two programs on one port would steal each other's replies.
            exclusive = None if "://" in url else True
            self._port: Any = serial.serial_for_url(url, baudrate=baud, timeout=0, exclusive=exclusive)

    @property
    def name(self) -> str:
        """The URL it was opened with."""
        return self._url

    @property
    def baud(self) -> int:
        """Bits per second."""
        return self._baud

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        with _translated(self._url, "went away while bytes were sent"):
            self._port.write(data)
            self._port.flush()

    def read(self, timeout_s: float) -> bytes:
        """Whatever has come, or comes first within `timeout_s`; empty after that."""
        with _translated(self._url, "went away while a reply was awaited"):
            # pyserial waits until the whole wanted number came, so the wait asks for one byte and then for the rest.
            self._port.timeout = timeout_s
            first: bytes = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return first + bytes(self._port.read(_CHUNK))

    def close(self) -> None:
        """Close the port."""
        with _translated(self._url, "cannot be closed"):
            self._port.close()


@contextmanager
def _translated(url: str, event: str) -> Iterator[None]:
    try:
        yield
    except (serial.SerialException, OSError, ValueError) as error:
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
    if "refused" in str(error).lower():
        return "nothing listens there: start the emulator (`persona emulate`) and use the URL that it prints"
    return f"plug the device in and look at its name; ports here: {_ports()}"


def _ports() -> str:
    from serial.tools.list_ports import comports  # a search through /sys that only errors need

    return ", ".join(sorted(port.device for port in comports())) or "none"
