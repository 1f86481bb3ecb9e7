"""Ports without races: we listen ourselves, the child inherits the listening socket.

Asking for a free port and passing its number on would leave a moment in which another program takes it, and a moment in
which nobody listens. A socket that listens from the start queues every connection until the child is ready.
"""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def listening() -> socket.socket:
    """A socket that listens on a free port of this machine only; the caller closes it."""
    return socket.create_server((HOST, 0), backlog=4)


def url_of(listener: socket.socket) -> str:
    """The URL under which pyserial reaches whoever accepts on `listener`."""
    return f"socket://{HOST}:{listener.getsockname()[1]}"
