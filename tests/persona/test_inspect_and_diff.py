"""`persona inspect` and `persona diff` on a bundle and on a running device."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from hil.emulator import Emulator
from persona.main import persona
from toolchain.bundle import Bundle


def test_inspect_shows_a_bundle_and_draws_it(small_bundle: Bundle, tmp_path: Path) -> None:
    """Text, SVG and JSON."""
    drawing, numbers = tmp_path / "m.svg", tmp_path / "m.json"
    done = CliRunner().invoke(
        persona, ["inspect", str(small_bundle.path), "--svg", str(drawing), "--json", str(numbers)]
    )
    assert done.exit_code == 0, done.output
    assert "fc1.weight" in done.output
    assert drawing.read_text().startswith("<svg")
    memory = json.loads(numbers.read_text())["memory"]
    assert small_bundle.manifest.memory.arena_bytes == memory["arena_bytes"]
    assert small_bundle.manifest.memory.constant_bytes == memory["constant_bytes"]


def test_inspect_refuses_what_is_no_model(tmp_path: Path) -> None:
    """One clear error."""
    (tmp_path / "a.tflite").write_bytes(b"hello")
    done = CliRunner().invoke(persona, ["inspect", str(tmp_path / "a.tflite")])
    assert (2, True) == (done.exit_code, "not a .tflite file" in done.output)


def test_diff_of_bundles(small_bundle: Bundle, other_bundle: Bundle) -> None:
    """Equal is 0; otherwise the first difference is named and the exit code is 1."""
    assert 0 == CliRunner().invoke(persona, ["diff", str(small_bundle.path), str(small_bundle.path)]).exit_code
    done = CliRunner().invoke(persona, ["diff", str(small_bundle.path), str(other_bundle.path)])
    assert (1, True) == (done.exit_code, "first difference: weights, input 1 of operator 0" in done.output)


def test_diff_of_a_bundle_and_a_device(small_bundle: Bundle, other_bundle: Bundle, running: Emulator) -> None:
    """The device agrees with its own bundle and has another base than the other one."""
    done = CliRunner().invoke(persona, ["diff", str(small_bundle.path), "--port", running.url])
    assert (0, "no difference\n") == (done.exit_code, done.output)
    done = CliRunner().invoke(persona, ["diff", str(other_bundle.path), "--port", running.url])
    assert (1, True) == (done.exit_code, "first difference: base" in done.output)
