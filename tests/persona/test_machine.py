"""The machine around a command: missing programs, Ctrl-C, and what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner

from firmware_bridge.client import open_device
from firmware_bridge.errors import PortError
from persona.main import persona
from toolchain.bundle import Bundle


@pytest.mark.parametrize("command", ["build", "emulate", "verify", "demo"])
def test_a_missing_cross_compiler_is_one_clear_message(
    small_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Told at once (before any training), with the package that brings it; nothing is written."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    unbuilt = shutil.copytree(small_bundle.path, tmp_path / "unbuilt")
    arguments = {
        "build": [unbuilt, "-o", tmp_path / "out"],
        "emulate": [unbuilt],
        "verify": [unbuilt],
        "demo": ["--workdir", tmp_path / "out"],
    }[command]
    result = CliRunner().invoke(persona, [command, *map(str, arguments), "--board", "mps2-an385"])
    assert result.exit_code == 3
    assert "gcc-arm-none-eabi" in result.stderr
    assert "Traceback" not in result.output
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("command", [["train"], ["compile", "x", "-o", "y"], ["demo"]])
def test_a_light_install_says_which_extra_is_missing(command: list[str], tmp_path: Path) -> None:
    """Without torch the commands that need it say what to install; the others do not need it."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from persona.main import main; sys.argv = ['persona', *sys.argv[1:]]; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert result.returncode == 1
    assert "pip install 'persona-mcu[" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_emulate_runs_until_ctrl_c_and_leaves_nothing(small_bundle: Bundle) -> None:
    """It prints a URL that answers; Ctrl-C is its normal end, and the port is gone with it."""
    command = [sys.executable, "-m", "persona.main", "emulate", str(small_bundle.path), "--json", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(_object(process.stdout))["url"]
        with open_device(url) as device:
            assert device.hello.base == small_bundle.base
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    with pytest.raises(PortError), open_device(url):
        pass


def _object(stream: IO[str]) -> str:
    """The lines of one JSON object."""
    text = ""
    for line in stream:
        text += line
        if line.startswith("}"):
            break
    return text


def test_an_image_is_built_once(small_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second command finds the first one's image beside the bundle."""
    arguments = ["verify", str(small_bundle.path), "--board", "posix"]
    assert CliRunner().invoke(persona, arguments).exit_code == 0

    def no_build(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr("hil.images.build", no_build)
    assert CliRunner().invoke(persona, arguments).exit_code == 0


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, small_bundle: Bundle) -> None:
    """Exit code 130, one word."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("toolchain.bundle.Bundle.open", interrupt)
    result = CliRunner().invoke(persona, ["info", str(small_bundle.path)])
    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"
