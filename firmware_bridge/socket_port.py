"""`socket://host:port`, the scheme of pyserial, without the pause of 0.3 s that pyserial makes at each close."""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import urlsplit

from firmware_bridge.cost import DEFAULT_BAUD
from firmware_bridge.port_errors import translated

_CHUNK: Final = 65_536
_CONNECT_S: Final = 5.0
_WRITE_S: Final = 10.0


class SocketTransport:
    """A TCP connection to an emulator or to a serial server.

    Args:
        url: `socket://host:port`.
        baud: speed of the line that it stands for; only waiting times depend on it.

    Raises:
        PortError: the URL is malformed, or nobody accepts there.
    """

    def __init__(self, url: str, baud: int = DEFAULT_BAUD) -> None:
        self._url = url
        self._baud = baud
        with translated(url, "cannot be opened"):
            parts = urlsplit(url)
            if parts.hostname is None or parts.port is None:
                raise ValueError("host or port is missing")
            self._socket = socket.create_connection((parts.hostname, parts.port), _CONNECT_S)
            # Frames are small and each waits for its reply: holding them back to fill a packet only costs time.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

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
            self._socket.settimeout(_WRITE_S)
            self._socket.sendall(data)

    def read(self, timeout_s: float) -> bytes:
        """Whatever has come, or comes first within `timeout_s`; empty after that."""
        with translated(self._url, "went away while a reply was awaited"):
            self._socket.settimeout(max(timeout_s, 0.0))
            try:
                data = self._socket.recv(_CHUNK)
            except (TimeoutError, BlockingIOError):
                return b""
            if not data:
                raise ConnectionResetError("the far end closed the connection")
            return data

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
