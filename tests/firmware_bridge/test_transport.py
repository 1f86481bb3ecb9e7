"""The pyserial edge, over real sockets of this machine."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from firmware_bridge.client import open_device
from firmware_bridge.errors import NoReplyError, PortError, ProtocolError
from firmware_bridge.transport import open_transport


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def url_of(server: socket.socket) -> str:
    """The URL of a listener."""
    return f"socket://127.0.0.1:{server.getsockname()[1]}"


def test_bytes_travel_both_ways_and_a_read_gives_what_is_there(listener: socket.socket) -> None:
    """A read returns at once with all that came, and empty after its timeout."""
    port = open_transport(url_of(listener))
    far, _ = listener.accept()
    with far:
        port.write(b"hello")
        assert far.recv(100) == b"hello"
        far.sendall(bytes(range(256)) * 4)
        came = b""
        while len(came) < 1024:
            came += port.read(5)
        assert came == bytes(range(256)) * 4
        assert port.read(0.01) == b""
    port.close()
    port.close()


def test_a_line_that_goes_away_is_one_clear_error(listener: socket.socket) -> None:
    """A closed far end raises `PortError` with the URL."""
    port = open_transport(url_of(listener))
    far, _ = listener.accept()
    far.close()
    with pytest.raises(PortError, match="went away") as raised:
        port.read(10)
    assert url_of(listener) in str(raised.value)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("/dev/tty-that-is-not-there", "plug the device in"),
        ("socket://127.0.0.1:1", "nothing listens there"),
        ("socket://127.0.0.1", "cannot be opened"),
        ("nonsense://x", "cannot be opened"),
        ("socket://127.0.0.1:notaport", "cannot be opened"),
    ],
)
def test_a_port_that_cannot_be_opened_says_what_to_do(url: str, text: str) -> None:
    """No device, a refused connection and a malformed URL each give one `PortError`."""
    with pytest.raises(PortError, match=text) as raised:
        open_transport(url)
    assert url in str(raised.value)
    assert "what to do: " in str(raised.value)


def test_a_silent_port_is_no_device(listener: socket.socket) -> None:
    """A port that opens and says nothing gives `NoReplyError` after about two seconds."""
    started = time.monotonic()
    with pytest.raises(NoReplyError, match="HELLO"), open_device(url_of(listener)):
        pass
    assert time.monotonic() - started < 30


def test_a_port_with_another_service_is_a_wrong_port(listener: socket.socket) -> None:
    """Something that answers with other bytes gives `ProtocolError` that shows them."""

    def serve() -> None:
        far, _ = listener.accept()
        with far:
            far.recv(100)
            far.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\0")
            time.sleep(0.1)
            while far.recv(100):
                pass

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    with pytest.raises(ProtocolError, match=r"SSH-2\.0"), open_device(url_of(listener)):
        pass
    server.join(10)
