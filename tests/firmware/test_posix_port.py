"""The posix port: its command line, and one connection after another."""

import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from firmware_bridge.image import Image
from firmware_bridge.messages import Hello
from hil.emulator import Emulator
from tests.firmware.wire import Wire

EXIT_USAGE = 64


def test_port_zero_takes_a_free_port_and_says_which(sanitized_image: Image) -> None:
    """The line is printed once the port can be reached."""
    command = [str(sanitized_image.path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert said is not None
            wire = Wire(f"socket://{said[1]}")
            assert wire.ask(Hello()).platform == "posix"
            wire.close()
        finally:
            process.kill()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--port"], ["--port", "x"], ["--port", "65536"], ["--port", "-1"], ["--port", "1", "2"], ["--listen", "3"]],
)
def test_a_wrong_command_line_prints_the_usage(sanitized_image: Image, arguments: list[str]) -> None:
    """And ends with EX_USAGE."""
    done = subprocess.run([sanitized_image.path, *arguments], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == EXIT_USAGE
    assert done.stderr.startswith("usage: persona-device --port N")


def test_a_port_in_use_is_one_clear_line(sanitized_image: Image) -> None:
    """No abort, no register dump."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sanitized_image.path, "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert done.stderr == "persona-device: cannot listen: Address already in use\n"


def test_connections_are_served_one_after_another(device: Emulator) -> None:
    """Also after one that was cut in the middle of a frame, and one that was reset."""
    for _ in range(3):
        wire = Wire(device.url)
        wire.send(b"\0")
        assert wire.ask(Hello()).platform == "posix"
        wire.send(b"half a fra")
        wire.close()


def test_an_idle_device_uses_no_processor_time(sanitized_image: Image) -> None:
    """It sleeps until a byte comes, and until somebody connects."""
    command = [sanitized_image.path, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            wire = Wire(f"socket://{process.stdout.readline().split()[-1]}")
            wire.ask(Hello())
            assert _falls_asleep(process.pid)
            wire.close()
            assert _falls_asleep(process.pid)
        finally:
            process.kill()


def _falls_asleep(pid: int) -> bool:
    """Whether the process is asleep at twenty looks in a row, within ten seconds."""
    asleep, end = 0, time.monotonic() + 10
    while asleep < 20 and time.monotonic() < end:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
        time.sleep(0.001)
    return asleep == 20
