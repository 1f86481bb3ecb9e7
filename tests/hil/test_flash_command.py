"""`persona flash`: dry, on emulated boards by both ways, and on a board of the bench, an emulator in disguise."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from firmware_bridge.image import Image
from firmware_bridge.platforms import PLATFORMS
from hil.empty import empty
from hil.images import image_for
from hil.inventory.board import emulated_boards
from hil.inventory.load import load
from hil.inventory.lock import locked
from persona.main import persona
from tests.hil.test_process import becomes, living
from tests.hil.tools import need
from toolchain.bundle import Bundle

pytest.importorskip("yaml", reason="boards.yaml needs PyYAML: persona-mcu[hil]")

ROOT = Path(__file__).resolve().parents[2]
ENTRY = """\
- id: bench-1
  platform: mps2-an386
  runner: {runner}
  serial: {serial}
  probe_id: NONE
  flash_timeout: 20
  runner_params:
    server: "{server}"
    reset: monitor system_reset
    config: [interface/stlink.cfg, target/stm32f4x.cfg]
    target: cortex_m
"""


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, ["flash", *[str(argument) for argument in arguments]])


def run_json(*arguments: object) -> dict[str, Any]:
    """Call it with `--json -`; it must succeed."""
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def inventory(
    folder: Path, *, runner: str = "openocd", serial: str = "socket://127.0.0.1:1", server: str = "127.0.0.1:1"
) -> Path:
    """A `boards.yaml` with one board."""
    path = folder / "boards.yaml"
    path.write_text(ENTRY.format(runner=runner, serial=serial, server=server))
    return path


@pytest.fixture(autouse=True)
def locks_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests in parallel do not wait for each other's boards."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture(scope="module")
def no_gdb_no_test() -> None:
    """Skips without gdb."""
    need("gdb-multiarch")


@pytest.mark.emulator
def test_a_dry_run_prints_the_commands_alone(small_bundle: Bundle, tmp_path: Path) -> None:
    """Each a line that a shell takes; the board may be anywhere."""
    came = run(small_bundle.path, "--board", "bench-1", "--inventory", inventory(tmp_path), "--dry-run")
    assert came.exit_code == 0, came.output
    (line,) = came.stdout.splitlines()
    assert line.startswith("openocd -f interface/stlink.cfg")
    assert "mps2-an386.elf} verify reset exit" in line


@pytest.mark.emulator
def test_a_dry_run_by_another_runner(small_bundle: Bundle, tmp_path: Path) -> None:
    """The entry may hold what several runners must know."""
    options = ("--board", "bench-1", "--inventory", inventory(tmp_path), "--dry-run", "--runner", "pyocd")
    came = run_json(small_bundle.path, *options)
    assert (came["runner"], came["dry_run"], len(came["commands"])) == ("pyocd", True, 2)
    missing = run(small_bundle.path, *options[:-1], "esptool")
    assert missing.exit_code == 5
    assert "runner_params without chip" in missing.stderr


@pytest.mark.emulator
@pytest.mark.usefixtures("no_gdb_no_test")
def test_an_emulated_board_is_loaded_by_gdb(small_bundle: Bundle) -> None:
    """Its memory starts empty; the answer to HELLO is the bundle's."""
    came = run_json(small_bundle.path, "--board", "mps2-an386", "--runner", "gdb")
    assert {"platform": "mps2-an386", "base": small_bundle.base.hex()} == came["hello"]
    assert len(came["commands"]) == 1
    assert "compare-sections" in came["commands"][0]


@pytest.mark.emulator
@pytest.mark.usefixtures("no_gdb_no_test")
def test_a_board_of_the_bench_is_flashed_and_greeted(small_bundle: Bundle, tmp_path: Path) -> None:
    """Inventory, lock, gdb, HELLO: everything but the cable."""
    with empty(emulated_boards()["mps2-an386"]) as (board, _):
        server = board.runner_params["server"][0]
        path = inventory(tmp_path, runner="gdb", serial=str(board.serial), server=server)
        came = run_json(small_bundle.path, "--board", "bench-1", "--inventory", path)
    assert came["hello"]["base"] == small_bundle.base.hex()


def test_an_emulated_board_is_started(small_image: Image) -> None:
    """By its own runner nothing is flashed: HELLO is the proof. An image needs no bundle."""
    came = run_json("--board", "posix", "--image", small_image.path)
    assert (came["hello"]["platform"], came["commands"], came["sha256"]) == ("posix", [], small_image.digest)
    dry = run("--board", "posix", "--image", small_image.path, "--dry-run")
    assert f"{small_image.path} --listen-fd 3" in dry.stdout


def test_a_process_has_no_memory_to_flash(small_image: Image) -> None:
    """The message names the runner that it has."""
    came = run("--board", "posix", "--image", small_image.path, "--runner", "gdb")
    assert came.exit_code == 5
    assert "expected: --runner posix" in came.stderr


@pytest.mark.emulator
def test_a_failure_is_one_message(small_bundle: Bundle, tmp_path: Path) -> None:
    """Exit code 5 and the tool's own words."""
    need("openocd")
    came = run(small_bundle.path, "--board", "bench-1", "--inventory", inventory(tmp_path))
    assert came.exit_code == 5
    assert came.stderr.count("error: ") == 1
    assert "OpenOCD init failed" in came.stderr
    assert "Traceback" not in came.output


@pytest.mark.emulator
def test_a_busy_board_is_left_alone(small_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run, and the message says who has it."""
    monkeypatch.setattr("hil.inventory.lock.DEFAULT_WAIT_S", 0.0)
    path = inventory(tmp_path)
    with locked(load(path)["bench-1"]):
        came = run(small_bundle.path, "--board", "bench-1", "--inventory", path)
    assert came.exit_code == 5
    assert "the board bench-1 is busy" in came.stderr
    assert "$ " not in came.stdout


@pytest.mark.emulator
def test_ctrl_c_leaves_nothing_behind(small_bundle: Bundle, tmp_path: Path) -> None:
    """A tool that hangs dies with its group, the work folder goes, the board is free, and the exit code is 130."""
    hang = tmp_path / "hang"
    hang.write_text('#!/bin/sh\nps -o pgid= -p $$ > "$0.group"\nsleep 600 &\nwait\n')
    hang.chmod(0o755)
    path = inventory(tmp_path)
    path.write_text(f"{path.read_text()}    program: {hang}\n")
    image = image_for(small_bundle, PLATFORMS["mps2-an386"]).path
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "persona.main", "flash", "--board", "bench-1", "--image", image]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "XDG_RUNTIME_DIR": str(tmp_path)}
    with subprocess.Popen([*command, "--inventory", path], env=environment, stderr=subprocess.PIPE) as process:
        group = tmp_path / "hang.group"
        assert becomes(lambda: group.exists() and group.read_text().strip() != "")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert becomes(lambda: not living(int(group.read_text())))
    assert list(temporary.iterdir()) == []
    with locked(load(path)["bench-1"], 0, tmp_path / "persona"):
        pass


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--board", "posix"), 2, "give either a BUNDLE or --image"),
        (("--board", "nope", "--image", "x.elf"), 5, "there is no such board"),
        (("--board", "posix", "--image", "x.elf", "--runner", "jtag"), 5, "there is no such runner"),
        (("--board", "posix", "--image", "x.elf"), 3, "there is no firmware image at x.elf"),
        (("--board", "posix", "--image", "x.elf", "--inventory", "gone.yaml"), 5, "there is no inventory gone.yaml"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments: tuple[str, ...], code: int, text: str) -> None:
    """Before anything is built or run."""
    came = run(*arguments)
    assert code == came.exit_code, came.output
    assert text in came.stderr
