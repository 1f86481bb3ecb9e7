"""`persona adapt` and `persona monitor` against the real C core."""

from __future__ import annotations

import io
import itertools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware_bridge.client import open_device
from hil.emulator import Emulator
from persona.dashboard import Screen
from persona.main import persona
from tests.firmware_bridge.adaptation.service import Sensor
from toolchain.bundle import Bundle

NOWHERE = "socket://127.0.0.1:1"


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, [str(argument) for argument in arguments])


def fill(url: str, count: int = 32) -> None:
    """Let the device see so many windows, which are not like those of the model's reference."""
    sensor = Sensor(1)
    with open_device(url) as device:
        for window in itertools.islice(itertools.chain.from_iterable(iter(sensor.read, [])), count):
            device.infer(window, remember=True)


def test_one_look_adapts_a_device_that_has_shifted(running: Emulator, small_bundle: Bundle) -> None:
    """Each step is a line of JSON on standard output; a second look finds nothing to do."""
    fill(running.url)
    arguments = ["adapt", "--port", running.url, "--editor", small_bundle.path, "--once", "--min-change", 0]
    first = run(*arguments)
    assert first.exit_code == 0, first.output
    steps = [json.loads(line) for line in first.stdout.splitlines()]
    assert [step["step"] for step in steps] == [
        "connect", "watch", "inspect", "upload", "propose", "deliver", "end",
    ]  # fmt: skip
    assert steps[-2]["outcome"] == "delivered"
    second = run(*arguments)
    assert [json.loads(line)["step"] for line in second.stdout.splitlines()] == ["connect", "watch", "inspect", "end"]
    with open_device(running.url) as device:
        assert device.status().named_counters["applies"] == 1


@pytest.mark.parametrize("codec", ["auto", "int4", "latent"])
def test_edits_are_written_as_wanted(running: Emulator, small_bundle: Bundle, tmp_path: Path, codec: str) -> None:
    """With --log the steps go to the file, text to standard output, and --json sums up."""
    fill(running.url)
    log, summary = tmp_path / "log", tmp_path / "summary.json"
    result = run(
        "adapt", "--port", running.url, "--bundle", small_bundle.path, "--once", "--codec", codec, "--max-loss", 10,
        "--log", log, "--json", summary,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "1 adaptation(s)" in result.stdout
    assert json.loads(log.read_text().splitlines()[-1])["step"] == "end"
    assert json.loads(summary.read_text())["ports"][running.url]["adaptations"] == 1
    with open_device(running.url) as device:
        (entry,) = device.history()
    assert codec == "auto" or entry.codec == {"int4": 3, "latent": 5}[codec]


def test_a_port_that_never_answers_is_told_by_the_exit_code(running: Emulator, small_bundle: Bundle) -> None:
    """The other port is served all the same."""
    result = run("adapt", "--port", running.url, "--port", NOWHERE, "--editor", small_bundle.path, "--once")
    assert result.exit_code == 3
    assert f"{NOWHERE} never answered" in result.stderr
    assert result.stderr.count("error: ") == 1
    assert "Traceback" not in result.output


def test_a_device_of_another_bundle_is_one_clear_message(running: Emulator, other_bundle: Bundle) -> None:
    """Both fingerprints are named."""
    result = run("adapt", "--port", running.url, "--editor", other_bundle.path, "--once")
    assert result.exit_code == 3
    assert "base model differs" in result.stderr
    assert other_bundle.base.hex() in result.stderr


def test_durable_edits_want_storage(running: Emulator, small_bundle: Bundle) -> None:
    """Told before anything is sent; a port given twice is a mistake."""
    result = run("adapt", "--port", running.url, "--editor", small_bundle.path, "--once", "--durable")
    assert result.exit_code == 3
    assert "flash for durable edits" in result.stderr
    assert run("adapt", "--port", "x", "--port", "x", "--editor", small_bundle.path).exit_code == 2


def test_ctrl_c_ends_in_order(running: Emulator, small_bundle: Bundle) -> None:
    """Exit code 0, the last line says so, and the device is free and idle."""
    child = subprocess.Popen(
        [sys.executable, "-m", "persona.main", "adapt", "--port", running.url, "--editor", str(small_bundle.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    first = [json.loads(child.stdout.readline()) for _ in range(2)]
    child.send_signal(signal.SIGINT)
    rest, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    assert [step["step"] for step in first] == ["connect", "watch"]
    assert json.loads(rest.splitlines()[-1])["reason"] == "asked to stop"
    with open_device(running.url) as device:
        assert device.status().edit_state.name == "IDLE"


def test_monitor_shows_one_look(running: Emulator, small_bundle: Bundle) -> None:
    """Banks, context, counters, history and the last output; bytes without a bundle."""
    fill(running.url, 5)
    text = run("monitor", "--port", running.url, "--bundle", small_bundle.path, "--once")
    assert text.exit_code == 0, text.output
    for words in ("bank 0 runs", "5 of 32 windows", "inferences    5", "largest at", "rx_frames", "\x1b"):
        assert (words in text.stdout) == (words != "\x1b")
    told = json.loads(run("monitor", "--port", running.url, "--once", "--json", "-").stdout)
    assert (told["windows_held"], told["counters"]["inferences"], told["outputs"]) == (5, 5, None)
    assert len(told["output_hex"]) == 24


def test_monitor_goes_on_until_ctrl_c(running: Emulator, small_bundle: Bundle, tmp_path: Path) -> None:
    """Each look a line of JSON; rates and what moved come with the second."""
    log = tmp_path / "looks"
    child = subprocess.Popen(
        [sys.executable, "-m", "persona.main", "monitor", "--port", running.url, "--bundle", str(small_bundle.path),
         "--interval", "0.05", "--json", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_text().count("\n") >= 3) and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    looks = [json.loads(line) for line in log.read_text().splitlines()]
    assert looks[0]["inferences_per_second"] is None
    assert looks[1]["inferences_per_second"] == 0.0
    assert set(looks[1]["moved"]) == {"rx_bytes", "rx_frames"}


def test_monitor_refuses_what_is_not_there(running: Emulator, other_bundle: Bundle) -> None:
    """One message, exit code 3."""
    for arguments in (["--port", NOWHERE, "--once"], ["--port", running.url, "--bundle", other_bundle.path]):
        result = run("monitor", *arguments)
        assert result.exit_code == 3
        assert result.stderr.count("error: ") == 1


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_screen_is_drawn_over_itself_only_on_a_terminal() -> None:
    """Elsewhere pictures follow each other without a control character."""
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        screen = Screen(stream)
        screen.show(["one", "two"])
        screen.show(["three"])
    assert file.getvalue() == "one\ntwo\n\nthree\n"
    assert terminal.getvalue() == "\x1b[2J\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J\x1b[Hthree\x1b[K\n\x1b[J"
