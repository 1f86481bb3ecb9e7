"""`persona store`: from a bundle and recordings to a verified store, and back to nothing."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from models.datasets.digits_fleet import DigitsFleet
from models.store.errors import DamagedStoreError
from models.store.store import open_store
from models.trained import Trained
from persona.main import persona
from tests.models.conftest import SMALL_FLEET
from tests.models.recompile.users import windows_and_labels
from tests.models.store.material import FLEET_KEY, edit_bytes
from toolchain.bundle import Bundle
from toolchain.keys import write_fleet_key

ID = "00000000000000a1"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the store is to be."""
    return tmp_path / "store.db"


@pytest.fixture
def windows(tmp_path: Path, small_bundle: Bundle) -> Path:
    """Two devices' windows of the small bundle, as anybody would save them."""
    parts = [windows_and_labels(small_bundle, seed, 40) for seed in (1, 2)]
    x, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    np.savez(tmp_path / "windows.npz", x=x, y=y, device=np.repeat(["anna", "bert"], 40))
    return tmp_path / "windows.npz"


def run(place: Path, *arguments: object) -> Result:
    """`persona store`, on this store."""
    return CliRunner().invoke(persona, ["store", *map(str, arguments), "--store", str(place)])


def run_json(place: Path, *arguments: object) -> dict[str, Any]:
    """With `--json -`; it must succeed."""
    result = run(place, *arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def test_a_bundle_and_windows_become_a_store(place: Path, windows: Path, small_bundle: Bundle) -> None:
    """Added again nothing changes; shown as a whole and by device; verified."""
    added = run_json(place, "add", windows, small_bundle.path)
    assert [small_bundle.base.hex()] == added["bases"]
    assert {"anna", "bert"} == {row["name"] for row in added["devices"]}
    assert all((40, 0) == (row["new"], row["known"]) and row["frozen"] >= 18 for row in added["devices"])
    again = run_json(place, "add", windows, small_bundle.path)
    assert all((0, 40) == (row["new"], row["known"]) for row in again["devices"])
    whole = run_json(place, "show")
    assert (2, 80, 2, 1, False) == tuple(
        whole[name] for name in ("devices", "examples", "frozen_sets", "bases", "encrypted")
    )
    one = run_json(place, "show", "--device", "anna")
    assert (40, [1, 8]) == (one["training"] + one["frozen"], one["shape"])
    assert {"store": str(place), "devices": 2, "findings": [], "finished_forgettings": 0} == run_json(place, "verify")


def test_a_trained_directory_gives_its_held_out_devices(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all their windows; with file order those are frozen that the fleet scores."""
    (tmp_path / "trained.json").touch()
    small = SimpleNamespace(fleet=DigitsFleet(0, SMALL_FLEET))
    monkeypatch.setattr(Trained, "load", lambda _: small)
    added = run_json(place, "add", tmp_path, "--evaluation", "file-order")
    population = SMALL_FLEET.held_out
    expected = (SMALL_FLEET.context_windows + population.windows, population.windows)
    assert [expected] * population.devices == [(row["new"], row["frozen"]) for row in added["devices"]]


def test_an_edit_is_scored_on_the_frozen_set(place: Path, windows: Path, small_bundle: Bundle, tmp_path: Path) -> None:
    """And kept with its MAC, which verify holds against the fleet key."""
    packed = edit_bytes(small_bundle, 0.05, bytes.fromhex(ID))
    (tmp_path / "edit.bin").write_bytes(packed)
    write_fleet_key(tmp_path / "fleet.key", FLEET_KEY)
    write_fleet_key(tmp_path / "other.key", bytes(32))
    with np.load(windows) as arrays:
        np.savez(tmp_path / "anna.npz", x=arrays["x"][:40], y=arrays["y"][:40])
    sources = (tmp_path / "edit.bin", tmp_path / "anna.npz")
    added = run_json(
        place, "add", *sources, "--device", "anna", "--hardware", ID, "--bundle", small_bundle.path, "--share", 0.25
    )
    (edit,) = added["edits"]
    assert edit["signed"]
    assert 0 <= edit["before"] <= 1
    one = run_json(place, "show", "--device", "anna")
    assert (ID, True, "imported") == (one["hardware"], one["edits"][0]["accepted"], one["edits"][0]["method"])
    assert [] == run_json(place, "verify", "--fleet-key", tmp_path / "fleet.key")["findings"]
    wrong = run(place, "verify", "--fleet-key", tmp_path / "other.key")
    assert wrong.exit_code == DamagedStoreError.exit_code == 4
    assert "does not have the MAC" in wrong.stdout


def test_an_edit_must_be_explained(place: Path, windows: Path, small_bundle: Bundle, tmp_path: Path) -> None:
    """Whose it is, for which base, and that it is one."""
    path = tmp_path / "edit.bin"
    path.write_bytes(edit_bytes(small_bundle))
    run_json(place, "add", windows)
    missing = run(place, "add", path)
    assert missing.exit_code == 4
    assert "--device NAME and --bundle BUNDLE" in missing.stderr
    path.write_bytes(b"no edit")
    damaged = run(place, "add", path, "--device", "anna", "--bundle", small_bundle.path)
    assert damaged.exit_code == 2
    assert "truncated" in damaged.stderr


def test_what_cannot_be_frozen_is_noted(place: Path, tmp_path: Path) -> None:
    """A device with one example of each class is stored, and the note says what is missing."""
    np.savez(tmp_path / "few.npz", x=np.eye(3), y=np.arange(3), device=["anna"] * 3)
    added = run_json(place, "add", tmp_path / "few.npz")
    assert 0 == added["devices"][0]["frozen"]
    assert "too few examples" in added["notes"][0]
    assert 0 == run_json(place, "show")["frozen_sets"]


@pytest.mark.parametrize("rule", ["hash", "file-order", "none"])
def test_a_store_goes_through_a_file(place: Path, windows: Path, tmp_path: Path, rule: str) -> None:
    """Exported and added elsewhere: the same frozen sets, whatever chose them."""
    run_json(place, "add", windows, "--evaluation", rule)
    target = tmp_path / "all.parquet"
    assert 80 == run_json(place, "export", target)["examples"]
    copy = tmp_path / "copy.db"
    run_json(copy, "add", target, "--evaluation", "none")
    for name in ("anna", "bert"):
        one, other = (run_json(each, "show", "--device", name) for each in (place, copy))
        assert one == other
        assert (one["frozen"] == 0) is (rule == "none")


def test_a_file_order_counts_only_once(place: Path, windows: Path, tmp_path: Path) -> None:
    """Further examples of a device that has a frozen set are training material."""
    run_json(place, "add", windows, "--evaluation", "file-order")
    np.savez(tmp_path / "more.npz", x=np.ones((4, 1, 8)) * np.arange(4)[:, None, None], y=[0, 1, 0, 1])
    added = run_json(place, "add", tmp_path / "more.npz", "--device", "anna", "--evaluation", "file-order")
    assert 4 == added["devices"][0]["new"]


def test_a_forgotten_device_is_proved_gone(place: Path, windows: Path) -> None:
    """Asked for and answered with no it stays; then no row and no trace is left."""
    run_json(place, "add", windows)
    refused = CliRunner().invoke(persona, ["store", "forget", "bert", "--store", str(place)], input="n\n")
    assert refused.exit_code == 1
    proof = run_json(place, "forget", "bert", "--yes")
    assert proof["holds"]
    assert (40, 0, 0) == (proof["deleted"]["examples"], proof["left"]["examples"], proof["search"]["found"])
    assert proof["search"]["searched"] > 40
    assert ["anna"] == run_json(place, "show")["names"]
    gone = run(place, "forget", "bert", "--yes")
    assert gone.exit_code == 4
    assert "knows no device 'bert'" in gone.stderr


def test_an_encrypted_store_wants_its_key(place: Path, windows: Path, tmp_path: Path) -> None:
    """A key that the command line made, readable by its owner alone; without it there is an error and no trace."""
    key = tmp_path / "store.key"
    assert CliRunner().invoke(persona, ["store", "key", str(key)]).exit_code == 0
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    run_json(place, "add", windows, "--store-key", key)
    assert run_json(place, "show", "--store-key", key)["encrypted"]
    assert 2 == run_json(place, "verify", "--store-key", key)["devices"]
    without = run(place, "show")
    assert without.exit_code == 4
    assert "is encrypted" in without.stderr
    again = CliRunner().invoke(persona, ["store", "key", str(key)])
    assert again.exit_code == 2
    assert "keys are not overwritten" in again.stderr


def test_damage_has_an_exit_code(place: Path, windows: Path) -> None:
    """Each finding a line, and the JSON has them too."""
    run_json(place, "add", windows)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("DROP TRIGGER examples_no_update")
        connection.execute("UPDATE examples SET content = x'00' WHERE id = 1")
    result = run(place, "verify", "--json", "-")
    assert result.exit_code == 4
    assert 2 <= len(json.loads(result.stdout)["findings"]) <= 4
    assert "is not as it was stored" in result.stderr


@pytest.mark.parametrize("arguments", [("show",), ("verify",), ("forget", "anna", "--yes"), ("export", "x.parquet")])
def test_only_add_makes_a_store(place: Path, arguments: tuple[str, ...]) -> None:
    """Everything else says that there is none, and makes none."""
    result = run(place, *arguments)
    assert result.exit_code == 4
    assert "there is no store" in result.stderr
    assert not place.exists()


def test_a_source_must_be_something(place: Path, tmp_path: Path) -> None:
    """No such file, a directory that is nothing, an id without a device."""
    for source, said in ((tmp_path / "none.npz", "no such file"), (tmp_path, "another directory")):
        result = run(place, "add", source)
        assert result.exit_code == 4
        assert said in result.stderr
    assert run(place, "add", tmp_path, "--hardware", ID).exit_code == 2


def test_what_was_added_before_an_error_stays(place: Path, windows: Path, tmp_path: Path) -> None:
    """A second file that contradicts the first is refused as a whole, the first is there."""
    run_json(place, "add", windows)
    np.savez(tmp_path / "other.npz", x=np.zeros((2, 3)), y=[0, 1], device=["anna"] * 2)
    result = run(place, "add", tmp_path / "other.npz")
    assert result.exit_code == 4
    assert "the store knows another anna" in result.stderr
    with open_store(place) as store:
        assert 2 == store.count()


@pytest.mark.parametrize("name", ["add", "show", "export", "verify", "forget", "key"])
def test_each_help_stands_on_its_own(name: str) -> None:
    """With an example and every option explained."""
    result = CliRunner().invoke(persona, ["store", name, "--help"], terminal_width=100)
    assert result.exit_code == 0
    assert f"      persona store {name} " in result.stdout
    assert "--json FILE|-" in result.stdout
