"""`persona recompile`: users move to a new base, a connected device gets its edit, a mistake is one clear error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from firmware_bridge.client import Device, open_device
from firmware_bridge.messages import Region
from hil.emulator import Emulator
from models.store.store import open_store
from persona.main import persona
from tests.models.recompile.users import windows_and_labels
from toolchain.bundle import Bundle
from toolchain.digest import fingerprint
from toolchain.edit import Edit

USERS = 6


def run(store: Path, *arguments: object) -> Result:
    """Call the command line in this process."""
    words = ["recompile", "--store", store, *arguments]
    return CliRunner().invoke(persona, [str(word) for word in words])


def values(result: Result) -> dict[str, Any]:
    """What it printed for machines."""
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def store(tmp_path: Path, small_bundle: Bundle, other_bundle: Bundle) -> Path:
    """Users with forty windows each, half of them frozen, and a base that they are to come from."""
    place = tmp_path / "store.db"
    with open_store(place, create=True) as opened:
        for seed in range(USERS):
            windows, labels = windows_and_labels(small_bundle, seed, 40)
            added = opened.add_examples(f"user-{seed}", windows, labels)
            opened.freeze(added.device)
        opened.add_base(other_bundle)
    return place


def test_everybody_moves_to_a_new_base(store: Path, small_bundle: Bundle) -> None:
    """First edits on the newest base of the store, then all anew on another: every transport refused."""
    first = values(run(store, "--json", "-"))
    assert (first["overall"]["users"], first["overall"]["transport_tried"]) == (USERS, 0)
    accepted = first["overall"]["accepted"]
    assert accepted > 0
    second = values(run(store, "--base", small_bundle.path, "--json", "-"))
    overall = second["overall"]
    assert overall["transport_refused"] == overall["transport_tried"] == accepted
    assert {"transport_refused", "recovered_share", "accepted", "seconds"} <= set(overall)
    assert len(second["users"]) == USERS
    assert all({"transport_refused", "recovered_share", "accepted", "seconds"} <= set(row) for row in second["users"])


def test_started_again_nothing_is_done_twice(store: Path) -> None:
    """The same rows, none of them computed now."""
    first, again = (values(run(store, "--json", "-")) for _ in range(2))
    assert (first["overall"]["computed_now"], again["overall"]["computed_now"]) == (USERS, 0)
    for row in (*first["users"], *again["users"]):
        row.pop("fresh")
    assert first["users"] == again["users"]


def test_text_tells_what_became_of_whom(store: Path) -> None:
    """Figures over all, and a line for each user."""
    result = run(store)
    assert result.exit_code == 0, result.output
    for told in ("recovered share", "transport refused", "user-0: "):
        assert told in result.output


def test_the_edit_reaches_the_connected_device(store: Path, small_bundle: Bundle, running: Emulator) -> None:
    """Sent with the device's next counter, read back, and recorded; the device then runs the recorded bank."""
    words = ("--base", small_bundle.path, "--users", "user-0", "--tolerance", 0.99, "--port", running.url)
    sent = values(run(store, *words, "--json", "-"))["deployed"]
    assert (sent["user"], sent["counter"]) == ("user-0", 1)
    with open_device(running.url) as device:
        assert digest(device, small_bundle) == sent["digest"]
    with open_store(store) as opened:
        number = opened.device("user-0").id
        (kept,) = opened.deployments(number)
        (edit,) = opened.edits(number)
    assert (kept["edit"], kept["digest"].hex(), kept["confirmed"]) == (edit.id, sent["digest"], False)
    assert Edit.parse(edit.packed).digest.hex() == sent["digest"]


def digest(device: Device, bundle: Bundle) -> str:
    """Of the bank that the device runs."""
    return fingerprint(device.read(Region.ACTIVE_BANK, 4 * bundle.layout.size)).hex()


@pytest.mark.parametrize(
    ("words", "said", "remedy"),
    [
        (("--users", "user-9"), "knows no device 'user-9'", "persona store show"),
        (("--base", "nowhere"), "nowhere", "persona compile"),
        (("--address", "127.0.0.1:1", "--engine", "ray"), "no Ray cluster", "--engine local"),
        (("--fleet-key", "nowhere.key"), "nowhere.key", ""),
    ],
)
def test_mistakes_are_one_clear_error(store: Path, words: tuple[str, ...], said: str, remedy: str) -> None:
    """What is wrong and what to do; nothing is recorded."""
    if "ray" in words:
        pytest.importorskip("ray", reason="Ray is not installed: persona-mcu[fleet]")
    result = run(store, *words)
    assert result.exit_code not in {0, 1}
    assert said in result.output
    assert remedy in result.output
    with open_store(store) as opened:
        assert not opened.recompilations(opened.device("user-0").id)


def test_no_store_is_one_clear_error(tmp_path: Path) -> None:
    """It is not made by the way."""
    result = run(tmp_path / "none.db")
    assert result.exit_code == 4
    assert "persona store add" in result.output
    assert not (tmp_path / "none.db").exists()


def test_a_store_without_a_base_asks_for_one(tmp_path: Path) -> None:
    """And one without devices says so."""
    with open_store(tmp_path / "store.db", create=True):
        pass
    result = run(tmp_path / "store.db")
    assert result.exit_code == 4
    assert "--base BUNDLE" in result.output


def test_a_store_without_devices_says_so(tmp_path: Path, small_bundle: Bundle) -> None:
    """Rather than report that nobody was lost."""
    with open_store(tmp_path / "store.db", create=True):
        pass
    result = run(tmp_path / "store.db", "--base", small_bundle.path)
    assert result.exit_code == 4
    assert "holds no device" in result.output


def test_users_who_cannot_be_helped_do_not_stop_the_others(store: Path, other_bundle: Bundle) -> None:
    """One of a single class: its reason is in its row, everybody else has an edit."""
    windows, _ = windows_and_labels(other_bundle, 77, 20)
    with open_store(store) as opened:
        opened.freeze(opened.add_examples("stuck", windows, np.zeros(20, np.int64)).device)
    rows = {row["user"]: row for row in values(run(store, "--json", "-"))["users"]}
    assert rows["stuck"]["verdict"] == "impossible"
    assert "of one class" in rows["stuck"]["reason"]
    assert all(rows[f"user-{seed}"]["verdict"] != "impossible" for seed in range(USERS))


def test_nobody_helped_is_an_error(store: Path, other_bundle: Bundle) -> None:
    """The exit code says so, and the first reason is told."""
    windows, _ = windows_and_labels(other_bundle, 77, 20)
    with open_store(store) as opened:
        opened.freeze(opened.add_examples("stuck", windows, np.zeros(20, np.int64)).device)
    result = run(store, "--users", "stuck")
    assert result.exit_code == 4
    assert "no edit could be made for any of 1 users" in result.output


def test_a_device_of_nobody_knows_whom_is_refused(store: Path, small_bundle: Bundle, running: Emulator) -> None:
    """Without an id on the device and without one name, nobody guesses."""
    result = run(store, "--base", small_bundle.path, "--tolerance", 0.99, "--port", running.url)
    assert result.exit_code == 4
    assert "whose device this is" in result.output


def test_every_method_can_be_asked_for() -> None:
    """The command names its methods without loading them: the registry has the same ones, and so has the help."""
    from models.recompile.methods.registry import METHODS

    told = CliRunner().invoke(persona, ["recompile", "--help"]).output
    assert f"[{'|'.join(METHODS)}]" in told
