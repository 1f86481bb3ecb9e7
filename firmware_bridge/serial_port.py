"""The edge to pyserial."""

from __future__ import annotations

from typing import Any, Final

import serial

from firmware_bridge.cost import DEFAULT_BAUD
from firmware_bridge.port_errors import translated

_CHUNK: Final = 65_536


class SerialTransport:
    """A port that pyserial can open by its URL or its name.

    Args:
        url: what pyserial's `serial_for_url` takes.
        baud: line speed, 8N1.

    Raises:
        PortError: there is no such port, it is in use, or it may not be opened.
    """

    def __init__(self, url: str, baud: int = DEFAULT_BAUD) -> None:
        self._url = url
        self._baud = baud
        # Two programs on one port would steal each other's replies.
        exclusive = None if "://" in url else True
        with translated(url, "cannot be opened"):
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
        with translated(self._url, "went away while bytes were sent"):
            self._port.write(data)
            self._port.flush()

    def read(self, timeout_s: float) -> bytes:
        """Whatever has come, or comes first within `timeout_s`; empty after that."""
        with translated(self._url, "went away while a reply was awaited"):
            # pyserial waits until the whole wanted number came, so the wait asks for one byte and then for the rest.
            self._port.timeout = timeout_s
            first: bytes = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return first + bytes(self._port.read(_CHUNK))

    def close(self) -> None:
        """Close the port."""
        with translated(self._url, "cannot be closed"):
            self._port.close()
