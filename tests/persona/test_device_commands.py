"""Commands that talk to a device, against the real C core: what goes right, and each bad input of the issue."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from firmware_bridge.client import open_device
from firmware_bridge.messages import EditState
from hil.emulator import Emulator
from persona.main import persona
from tests.device_fixtures import CONTEXT_WINDOWS, LAYOUT
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest
from toolchain.edit import Codec, Edit, apply_edit, encode_edit


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, [str(argument) for argument in arguments])


def run_json(*arguments: object) -> dict[str, Any]:
    """Call it with `--json -`; it must succeed and print JSON alone."""
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def require_one_message(result: Result, code: int, *texts: str) -> None:
    """Exit code, one message on standard error with what was expected, no traceback, nothing on standard output."""
    assert result.exit_code == code, result.output
    assert result.stderr.count("error: ") == 1
    assert "Traceback" not in result.output
    assert result.stdout == ""
    for text in texts:
        assert text in result.stderr


@pytest.fixture
def untouched(running: Emulator, small_bundle: Bundle) -> Iterator[Emulator]:
    """A device that must run its factory head, with no edit under way, at the end of the test."""
    yield running
    with open_device(running.url) as device:
        status = device.status()
        assert status.edit_state is EditState.IDLE
        assert status.active_digest == bank_digest(small_bundle.prototypes[0])
        assert status.counter == 0


def windows(tmp_path: Path, count: int) -> Path:
    """Random int8 windows in a file."""
    path = tmp_path / "windows.npy"
    np.save(path, np.random.default_rng(3).integers(-128, 128, (count, 8)).astype(np.int8))
    return path


def stored(tmp_path: Path, bundle: Bundle, change: dict[int, float] | None = None) -> Path:
    """An edit file; `change` puts values into its delta that encode_edit would not let through."""
    edit = encode_edit(
        np.full(LAYOUT.size, 0.125, np.float32),
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=1,
        counter=1,
        codec=Codec.F32,
    )
    delta = np.frombuffer(edit.payload, "<f4").copy()
    for place, value in (change or {}).items():
        delta[place] = value
    path = tmp_path / "edit.bin"
    path.write_bytes(edit.header + delta.tobytes())
    return path


def test_info_describes_a_device(running: Emulator, small_bundle: Bundle) -> None:
    """Who it is, which bank runs, and its counters."""
    told = run_json("info", "--port", running.url)
    assert told["device"]["base"] == small_bundle.base.hex()
    assert told["state"]["edit_state"] == "idle"
    assert told["counters"]["bad_crc"] == 0
    text = run("info", "--port", running.url)
    assert "context capacity" in text.stdout


def test_info_describes_a_bundle_and_an_edit(small_bundle: Bundle, tmp_path: Path) -> None:
    """The same command, told apart by what lies there."""
    assert run_json("info", small_bundle.path)["bundle"]["adaptive_floats"] == LAYOUT.size
    assert run_json("info", stored(tmp_path, small_bundle))["edit"]["codec"] == "f32"
    assert run("info").exit_code == 2


def test_infer_gives_real_numbers_with_a_bundle_and_bytes_without(
    running: Emulator, small_bundle: Bundle, tmp_path: Path
) -> None:
    """The same bits either way."""
    path = windows(tmp_path, 4)
    raw = run_json("infer", "--port", running.url, "--input", path)["inferences"]
    real = run_json("infer", "--port", running.url, "--input", path, "--bundle", small_bundle.path)["inferences"]
    assert len(raw) == len(real) == 4
    for one, other in zip(raw, real, strict=True):
        values = np.frombuffer(bytes.fromhex(one["output_hex"]), "<f4")
        assert np.array_equal(values, np.ravel(other["outputs"][0]).astype(np.float32))
        assert other["largest"] == int(values.argmax())


def test_infer_without_a_file_runs_the_golden_windows(running: Emulator, small_bundle: Bundle) -> None:
    """Of the bundle, whose outputs are known; without a bundle there is nothing to run."""
    answers = run_json("infer", "--port", running.url, "--bundle", small_bundle.path)["inferences"]
    golden = small_bundle.golden.outputs[0].reshape(len(small_bundle.golden), -1)
    assert golden.tolist() == [np.ravel(answer["outputs"][0]).tolist() for answer in answers]
    assert run("infer", "--port", running.url).exit_code == 2


def test_the_adaptation_by_hand(running: Emulator, small_bundle: Bundle, tmp_path: Path) -> None:
    """Of `infer --remember`, `edit --dry-run`, `edit` and `edit --apply`, each does what its help says."""
    bundle, port = small_bundle.path, running.url
    run_json("infer", "--port", port, "--input", windows(tmp_path, CONTEXT_WINDOWS), "--remember")
    kept = tmp_path / "kept.bin"
    planned = run_json("edit", "--port", port, "--bundle", bundle, "--dry-run", "-o", kept)
    assert planned["sent"] is False
    assert run_json("info", "--port", port)["state"]["counter"] == 0
    sent = run_json("edit", "--port", port, "--bundle", bundle)
    assert sent["digest"] == planned["digest"]
    assert (sent["codec"], sent["signed"], sent["durable"]) == ("latent", False, False)
    edit = Edit.parse(kept.read_bytes())
    bank = apply_edit(
        edit, layout=LAYOUT, base=small_bundle.base, prototypes=small_bundle.prototypes, latent=small_bundle.latent
    )
    with open_device(port) as device:
        assert device.read_bank().tobytes() == bank.tobytes()
    require_one_message(run("edit", "--port", port, "--apply", kept), 3, "STALE_COUNTER", "a counter above 1")
    again = run_json("edit", "--port", port, "--bundle", bundle, "--codec", "f32")
    assert (again["codec"], again["counter"]) == ("f32", 2)


@pytest.mark.property("P18")
def test_info_and_edit_say_loudly_that_a_device_takes_unsigned_edits(
    running: Emulator, small_bundle: Bundle, tmp_path: Path
) -> None:
    """In the text and in the JSON; on standard error where standard output is for the machine."""
    loud = "DEVELOPMENT BUILD: this device takes unsigned edits"
    assert run("info", "--port", running.url).stdout.startswith(f"*** {loud}")
    assert loud in run_json("info", "--port", running.url)["device"]["warning"]
    result = run("edit", "--port", running.url, "--apply", stored(tmp_path, small_bundle), "--json", "-")
    assert loud in result.stderr
    assert loud not in result.stdout


def test_auto_takes_the_smallest_codec_within_the_loss(running: Emulator, small_bundle: Bundle, tmp_path: Path) -> None:
    """A loss that nothing exceeds gives the smallest; one that only the exact edit has gives that."""
    run_json("infer", "--port", running.url, "--input", windows(tmp_path, CONTEXT_WINDOWS), "--remember")
    command = ("edit", "--port", running.url, "--bundle", small_bundle.path, "--dry-run", "--codec", "auto")
    easy = run_json(*command, "--max-loss", 1000)
    exact = run_json(*command, "--max-loss", 0)
    assert easy["payload_bytes"] < exact["payload_bytes"]
    assert easy["loss"] <= 1000
    assert exact["loss"] == 0


def test_a_stored_edit_is_applied_with_and_without_its_bundle(
    running: Emulator, small_bundle: Bundle, tmp_path: Path
) -> None:
    """The device does all its checks itself; the bundle only finds faults sooner."""
    sent = run_json("edit", "--port", running.url, "--apply", stored(tmp_path, small_bundle))
    assert sent["prototype"] == 1


def test_verify_counts_equal_vectors(running: Emulator, small_bundle: Bundle) -> None:
    """On a port, and on a board that it starts itself."""
    for place in (("--port", running.url), ("--board", "posix")):
        told = run_json("verify", small_bundle.path, *place, "--samples", 9)
        assert (told["equal"], told["total"], told["board"]) == (9, 9, "posix")


def test_verify_with_an_oracle_says_how_far_floats_are(running: Emulator, small_bundle: Bundle) -> None:
    """Integers equal to TFLM's bits, floats within the stated tolerance."""
    pytest.importorskip("tflite_micro", reason="the oracle needs persona-mcu[compile]")
    told = run_json("verify", small_bundle.path, "--port", running.url, "--oracle", "tflite_micro")
    assert told["equal"] == told["total"] == told["oracle_integers_equal"]
    assert told["oracle_float_difference"] <= told["float_tolerance"]


def test_no_device_is_one_clear_message() -> None:
    """A port that is not there, and one where nothing listens."""
    require_one_message(run("info", "--port", "/dev/no-such-tty"), 3, "cannot be opened", "what to do:")
    require_one_message(run("info", "--port", "socket://127.0.0.1:1"), 3, "persona emulate")
    require_one_message(run("info", "--port", "socket://127.0.0.1:x"), 3, "cannot be opened")


def test_a_wrong_port_is_one_clear_message() -> None:
    """A port that opens and stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        require_one_message(run("info", "--port", url), 3, "gave no reply to HELLO", "not one byte", "what to do:")


@pytest.mark.parametrize("command", ["edit", "infer", "verify"])
def test_a_device_with_another_base_is_one_clear_message(
    untouched: Emulator, small_bundle: Bundle, other_bundle: Bundle, tmp_path: Path, command: str
) -> None:
    """Both fingerprints are named, and the device stays as it is."""
    arguments = {
        "edit": ["--bundle", other_bundle.path],
        "infer": ["--bundle", other_bundle.path, "--input", windows(tmp_path, 1)],
        "verify": [other_bundle.path],
    }[command]
    result = run(command, "--port", untouched.url, *arguments)
    require_one_message(result, 3, small_bundle.base.hex(), other_bundle.base.hex(), "what to do:")


def test_an_edit_for_another_base_is_one_clear_message(
    untouched: Emulator, small_bundle: Bundle, other_bundle: Bundle, tmp_path: Path
) -> None:
    """Refused even though all shapes agree."""
    edit = stored(tmp_path, other_bundle)
    for bundle in ([], ["--bundle", small_bundle.path]):
        result = run("edit", "--port", untouched.url, "--apply", edit, *bundle)
        require_one_message(result, 3, "BASE_MISMATCH", "another base model", "cannot be carried over")


@pytest.mark.parametrize(
    "case",
    [
        ("fc1.weight", float("nan"), "not finite", "NOT_FINITE"),
        ("fc2.weight", float("inf"), "not finite", "NOT_FINITE"),
        ("fc2.weight", 0.7, "clip ball", "OUT_OF_BOUNDS"),
        ("fc1.weight", -0.5001, "clip ball", "OUT_OF_BOUNDS"),
    ],
)
def test_nan_and_values_beyond_t_are_one_clear_message(
    untouched: Emulator, small_bundle: Bundle, tmp_path: Path, case: tuple[str, float, str, str]
) -> None:
    """Found by the host with the bundle in hand, by the device without it; the old bank stays."""
    place, value, here, there = case
    offset = next(tensor.offset for tensor in LAYOUT.tensors if tensor.name == place)
    edit = stored(tmp_path, small_bundle, {offset + 2: value})
    with_bundle = run("edit", "--port", untouched.url, "--apply", edit, "--bundle", small_bundle.path)
    require_one_message(with_bundle, 2, here, f"{place}[2]")
    alone = run("edit", "--port", untouched.url, "--apply", edit)
    require_one_message(alone, 3, there, f"float {offset + 2}", "what to do:")


def test_a_truncated_edit_file_is_one_clear_message(untouched: Emulator, small_bundle: Bundle, tmp_path: Path) -> None:
    """Nothing is sent."""
    edit = stored(tmp_path, small_bundle)
    edit.write_bytes(edit.read_bytes()[:-1])
    require_one_message(run("edit", "--port", untouched.url, "--apply", edit), 2, "length", "received:")
    edit.unlink()
    require_one_message(run("edit", "--port", untouched.url, "--apply", edit), 1, "cannot read")


@pytest.mark.parametrize("lost", ["model.tflite", "manifest.json", "golden.npz", "c/model.c"])
def test_a_truncated_bundle_is_one_clear_message(
    untouched: Emulator, small_bundle: Bundle, tmp_path: Path, lost: str
) -> None:
    """Half a file is noticed by its digest before anything is done with it."""
    copy = tmp_path / "copy"
    shutil.copytree(small_bundle.path, copy)
    content = (copy / lost).read_bytes()
    (copy / lost).write_bytes(content[: len(content) // 2])
    for command in (["info", copy], ["edit", "--port", untouched.url, "--bundle", copy], ["emulate", copy]):
        require_one_message(run(*command), 2, str(copy / lost), "what to do:")
    require_one_message(run("build", copy, "--board", "posix", "-o", tmp_path / "out"), 2, lost)
    assert not (tmp_path / "out").exists()


def test_too_little_context_is_one_clear_message(untouched: Emulator, small_bundle: Bundle) -> None:
    """The editor says how many windows it reads."""
    result = run("edit", "--port", untouched.url, "--bundle", small_bundle.path)
    require_one_message(result, 4, f"at least {CONTEXT_WINDOWS} embeddings")


def test_input_that_does_not_fit_is_one_clear_message(
    untouched: Emulator, small_bundle: Bundle, tmp_path: Path
) -> None:
    """Wrong shape, NaN, no array at all, and bytes of the wrong length."""
    path = tmp_path / "x.npy"
    port = ["infer", "--port", untouched.url, "--input", path]
    np.save(path, np.zeros((2, 7), np.float32))
    require_one_message(run(*port, "--bundle", small_bundle.path), 2, "windows of shape")
    require_one_message(run(*port), 3, "expected: 8 bytes", "received: 28 bytes")
    np.save(path, np.full((1, 8), np.nan, np.float32))
    require_one_message(run(*port, "--bundle", small_bundle.path), 2, "not finite")
    path.write_text("1, 2, 3")
    require_one_message(run(*port), 1, "holds no arrays")


def test_debug_shows_the_traceback(small_bundle: Bundle) -> None:
    """Only then."""
    del small_bundle
    result = CliRunner().invoke(persona, ["--debug", "info", "--port", "/dev/no-such-tty"])
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
