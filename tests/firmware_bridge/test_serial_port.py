"""A real terminal device (a pseudo terminal) in front of the real C core: the way of `/dev/ttyACM0`."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Iterator

import pytest

from firmware_bridge.client import open_device
from firmware_bridge.errors import PortError
from firmware_bridge.transport import open_transport
from hil.emulator import Emulator
from toolchain.bundle import Bundle


@pytest.fixture
def terminal(running: Emulator) -> Iterator[str]:
    """Name of a terminal whose other end is a device."""
    host, device = os.openpty()
    tty.setraw(device)
    address = running.url.removeprefix("socket://").split(":")
    over = threading.Event()
    with socket.create_connection((address[0], int(address[1]))) as line:

        def pump() -> None:
            while not over.is_set():
                ready, _, _ = select.select([host, line], [], [], 0.05)
                if host in ready:
                    line.sendall(os.read(host, 4096))
                if line in ready:
                    os.write(host, line.recv(4096))

        worker = threading.Thread(target=pump)
        worker.start()
        yield os.ttyname(device)
        over.set()
        worker.join()
    os.close(host)
    os.close(device)


def test_a_device_on_a_terminal_is_served(terminal: str, small_bundle: Bundle) -> None:
    """HELLO, an inference and a bank travel over a tty as over a socket."""
    golden = small_bundle.golden
    with open_device(terminal) as device:
        assert device.infer(golden.input_bytes(1)).output == golden.output_bytes(1)
        assert device.read_bank().tobytes() == small_bundle.prototypes[0].tobytes()


def test_a_terminal_in_use_is_told_apart(terminal: str) -> None:
    """Two hosts on one terminal would steal each other's bytes: the second is refused with what to do."""
    first = open_transport(terminal)
    with pytest.raises(PortError, match="close the program that uses the port"):
        open_transport(terminal)
    first.close()
