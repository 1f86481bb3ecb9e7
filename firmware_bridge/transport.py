"""The line to a device: where its errors come from outside, they are translated once, here and in what opens it."""

from __future__ import annotations

from typing import Protocol

from firmware_bridge.cost import DEFAULT_BAUD

SOCKET_SCHEME = "socket://"


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


def open_transport(url: str, baud: int = DEFAULT_BAUD) -> Transport:
    """Open `socket://host:port`, or anything else that pyserial knows (`/dev/ttyACM0`, `COM3`, `rfc2217://host:port`).

    Raises:
        PortError: there is no such port, it is in use, or it may not be opened.
    """
    if url.startswith(SOCKET_SCHEME):
        from firmware_bridge.socket_port import SocketTransport

        return SocketTransport(url, baud)
    from firmware_bridge.serial_port import SerialTransport

    return SerialTransport(url, baud)
