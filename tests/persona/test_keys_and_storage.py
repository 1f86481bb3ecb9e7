"""A fleet key, a release build, a provisioned device and durable edits, all through the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from firmware_bridge.image import inspect
from firmware_bridge.platforms import POSIX
from hil.emulator import start
from persona.main import persona
from tests.device_fixtures import CONTEXT_WINDOWS
from toolchain.bundle import Bundle
from toolchain.keys import read_fleet_key

ID = "00000000000000a1"


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, [str(argument) for argument in arguments])


def run_json(*arguments: object) -> dict[str, Any]:
    """Call it with `--json -`; it must succeed."""
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


@pytest.fixture(scope="module")
def fleet_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet key that the command line made."""
    path = tmp_path_factory.mktemp("keys") / "fleet.key"
    run_json("provision", "--new-fleet-key", path)
    return path


@pytest.fixture(scope="module")
def release_image(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release build without a key."""
    built = run_json("build", small_bundle.path, "--board", "posix", "--release", "-o", tmp_path_factory.mktemp("b"))
    assert (built["release"], built["device_id"]) == (True, None)
    return Path(built["path"])


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    """Small inputs, after which the editor's edit stays small."""
    path = tmp_path / "windows.npy"
    np.save(path, np.random.default_rng(3).integers(-128, 128, (CONTEXT_WINDOWS, 8)).astype(np.int8))
    return path


def test_a_fleet_key_is_for_its_owner_alone_and_never_overwritten(fleet_key: Path) -> None:
    """Mode 600, 32 random bytes; a second call refuses."""
    assert stat.S_IMODE(fleet_key.stat().st_mode) == 0o600
    before = read_fleet_key(fleet_key)
    result = run("provision", "--new-fleet-key", fleet_key)
    assert result.exit_code == 2
    assert "keys are not overwritten" in result.stderr
    assert read_fleet_key(fleet_key) == before


@pytest.mark.property("P17", "P18", "P22")
def test_a_release_device_from_provisioning_to_a_durable_edit(
    release_image: Path, small_bundle: Bundle, fleet_key: Path, windows: Path, tmp_path: Path
) -> None:
    """Without the key nothing goes; with it a signed durable edit is tried, stored, confirmed, and survives a reset."""
    image, flash = inspect(release_image, POSIX), tmp_path / "flash.bin"
    with start(image, flash) as emulator:
        port = emulator.url
        assert "warning" not in run_json("info", "--port", port)["device"]
        told = run_json("provision", "--port", port, "--fleet-key", fleet_key, "--device-id", ID)
        assert told["device_id"] == ID
        again = run("provision", "--port", port, "--fleet-key", fleet_key, "--device-id", ID)
        assert again.exit_code == 3
        assert "PROVISIONED" in again.stderr
        run_json("infer", "--port", port, "--input", windows, "--remember")
        edit = ("edit", "--port", port, "--bundle", small_bundle.path)
        unsigned = run(*edit)
        assert unsigned.exit_code == 3
        assert "UNSIGNED" in unsigned.stderr
        assert "--fleet-key" in unsigned.stderr
        signed = run_json(*edit, "--fleet-key", fleet_key)
        assert (signed["signed"], signed["durable"], signed["counter"]) == (True, False, 1)
        factory = _factory_edit(small_bundle, tmp_path, counter=2)
        kept = run_json("edit", "--port", port, "--apply", factory, "--fleet-key", fleet_key, "--confirm")
        assert (kept["confirmed"], kept["confirmed_counter"], kept["trial_vectors"]) == (True, 2, 8)
    with start(image, flash) as emulator:
        told = run_json("info", "--port", emulator.url)
        assert (told["device"]["device_id"], told["device"]["has_key"]) == (ID, True)
        assert told["state"]["active_digest"] == told["state"]["confirmed_digest"] == kept["digest"]
        assert told["state"]["boot"] == "with the edit that was confirmed last"


def _factory_edit(bundle: Bundle, folder: Path, counter: int) -> Path:
    """A durable edit in a file that changes nothing, so that every trial vector stays right."""
    from toolchain.edit import encode_edit

    edit = encode_edit(
        np.zeros(bundle.layout.size, np.float32),
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=0,
        counter=counter,
        durable=True,
    )
    path = folder / "factory.bin"
    path.write_bytes(edit.pack())
    return path


def test_an_edit_without_confirm_says_that_it_is_on_probation(
    release_image: Path, small_bundle: Bundle, fleet_key: Path, tmp_path: Path
) -> None:
    """And what ends it."""
    with start(inspect(release_image, POSIX), tmp_path / "flash.bin") as emulator:
        port = emulator.url
        run_json("provision", "--port", port, "--fleet-key", fleet_key)
        factory = _factory_edit(small_bundle, tmp_path, counter=1)
        result = run("edit", "--port", port, "--apply", factory, "--fleet-key", fleet_key, "--probation", 30)
        assert result.exit_code == 0, result.output
        assert "on probation: without CONFIRM (--confirm) the old bank comes back" in result.stdout
        told = run_json("info", "--port", port)["state"]
        assert told["edit_state"] == "probation"
        assert 0 < told["probation_ms"] <= 30_000


def test_a_key_can_be_built_in_from_the_fleet_key(small_bundle: Bundle, fleet_key: Path, tmp_path: Path) -> None:
    """A device without storage then has its key, and says which id."""
    built = run_json(
        *("build", small_bundle.path, "--board", "posix", "--release", "-o", tmp_path / "out"),
        *("--fleet-key", fleet_key, "--device-id", ID),
    )
    assert built["device_id"] == ID
    with start(inspect(Path(built["path"]), POSIX)) as emulator:
        told = run_json("info", "--port", emulator.url)["device"]
        assert (told["device_id"], told["has_key"], told["edits"]) == (ID, True, "only signed ones")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["provision"], "give --port"),
        (["provision", "--port", "x"], "give the device's key"),
        (["provision", "--port", "x", "--device-id", ID], "give --fleet-key"),
        (["build", "b", "--board", "posix", "--key-file", "k", "--fleet-key", "f"], "either --key-file"),
        (["edit", "--port", "x", "--bundle", "b", "--confirm"], "belong to --durable"),
        (["edit", "--port", "x", "--apply", "e", "--durable"], "sent as it was made"),
    ],
)
def test_options_that_contradict_each_other_are_usage_errors(arguments: list[str], text: str) -> None:
    """Exit code 2, before anything is opened."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert text in result.stderr


def test_a_wrong_key_file_never_shows_what_it_holds(tmp_path: Path, small_bundle: Bundle) -> None:
    """One message with the path; nothing is built."""
    wrong = tmp_path / "wrong.key"
    wrong.write_text("deadbeef\n")
    result = run("build", small_bundle.path, "--board", "posix", "--fleet-key", wrong, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "deadbeef" not in result.output
    assert not (tmp_path / "out").exists()
