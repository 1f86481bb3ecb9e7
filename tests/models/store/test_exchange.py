"""What was exported comes back: the same examples, the same frozen sets, under the same names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from models.store import exchange
from models.store.errors import StoreError
from models.store.exchange import HISTORY, export_store, import_file
from models.store.filling import last_of_each_class
from models.store.store import Store, open_store
from tests.models.store.material import add_device, whole_device, windows_of
from toolchain.bundle import Bundle

SUFFIXES = pytest.mark.parametrize("suffix", [".parquet", ".npz"])


def held(store: Store) -> dict[str, tuple[object, ...]]:
    """Examples by name: hardware, frozen ones with labels, others with labels."""
    found = {}
    for device in store.devices():
        evaluation = store.evaluation(device.id)
        parts = [store.training(device.id)] + ([evaluation.examples] if evaluation else [])
        sides = [
            sorted(zip([window.tobytes() for window in part.windows], part.labels.tolist(), strict=True))
            for part in parts
        ]
        found[device.name] = (device.hardware, parts[0].windows.shape[1:], *sides)
    return found


@SUFFIXES
def test_a_store_comes_back(store: Store, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over several row groups, and again into the store that it came from, where it changes nothing."""
    monkeypatch.setattr("models.store.filed._ROWS", 16)
    for seed in range(1, 5):
        add_device(store, f"user-{seed}", seed, freeze=seed < 4)
    path = tmp_path / f"all{suffix}"
    exported = export_store(store, path)
    assert (4, 48) == (exported.devices, exported.examples)
    with open_store(tmp_path / "other.db", create=True) as other:
        assert [12] * 4 == [added.new for _, added in import_file(other, path)]
        assert held(store) == held(other)
        assert [0] * 4 == [added.new for _, added in import_file(other, path)]
    assert {path.name, path.name + HISTORY} <= {each.name for each in tmp_path.iterdir()}


def test_devices_of_different_shapes(store: Store, tmp_path: Path) -> None:
    """Parquet holds them, an array does not."""
    add_device(store)
    store.add_examples("user-2", np.ones((2, 3, 4), np.float32) * [[[1]], [[2]]], np.array([0, 1]))
    with pytest.raises(StoreError, match="different shapes"):
        export_store(store, tmp_path / "all.npz")
    assert not (tmp_path / "all.npz").exists()
    export_store(store, tmp_path / "all.parquet")
    with open_store(tmp_path / "other.db", create=True) as other:
        list(import_file(other, tmp_path / "all.parquet"))
        assert held(store) == held(other)


def test_the_history_is_beside_it(store: Store, tmp_path: Path, small_bundle: Bundle) -> None:
    """Every edit with its bytes, every unit and deployment, under the device's name."""
    device = whole_device(store, small_bundle)
    exported = export_store(store, tmp_path / "all.parquet")
    lines = [json.loads(line) for line in exported.history.read_text().splitlines()]
    kinds = [line["kind"] for line in lines]
    assert ["store", "base", "edit", "edit", "recompilation", "recompilation", "deployment"] == kinds
    assert [edit.packed.hex() for edit in store.edits(device)] == [line["packed"] for line in lines[2:4]]
    assert {"user-1"} == {line["device"] for line in lines[2:]}


def test_an_export_appears_whole_or_not_at_all(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the middle leaves what was there before, and nothing beside it."""
    for seed in (1, 2):
        add_device(store, f"user-{seed}", seed)
    path = tmp_path / "all.parquet"
    path.write_text("before")
    monkeypatch.setattr(exchange, "_counted", lambda *_: iter([1 / 0]))
    with pytest.raises(ZeroDivisionError):
        export_store(store, path)
    assert "before" == path.read_text()
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_a_damaged_store_is_not_exported(tmp_path: Path) -> None:
    """What is not what was stored does not spread."""
    with open_store(tmp_path / "store.db", create=True) as store:
        add_device(store)
        with store.writing() as connection:
            connection.execute(text("DROP TRIGGER examples_no_update"))
            connection.execute(text("UPDATE examples SET content = x'00'"))
        with pytest.raises(StoreError, match="not what was stored"):
            export_store(store, tmp_path / "all.parquet")
    assert not (tmp_path / "all.parquet").exists()


def test_what_cannot_be_exported(store: Store, tmp_path: Path) -> None:
    """Nothing, or to a format that nobody knows."""
    with pytest.raises(StoreError, match="no device"):
        export_store(store, tmp_path / "all.parquet")
    with pytest.raises(StoreError, match="no suffix"):
        export_store(store, tmp_path / "all.csv")


def saved(path: Path, **arrays: object) -> Path:
    """An npz file."""
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@SUFFIXES
def test_a_file_that_holds_something_else(store: Store, tmp_path: Path, suffix: str) -> None:
    """One error that names the file."""
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(Exception, match="holds no") as caught:
        list(import_file(store, path))
    assert "models" in type(caught.value).__module__


def test_arrays_that_do_not_fit(store: Store, tmp_path: Path) -> None:
    """Rows without a device, ids that are none."""
    windows, labels = windows_of(1, 4)
    with pytest.raises(StoreError, match="do not fit together"):
        list(import_file(store, saved(tmp_path / "a.npz", x=windows, y=labels, device=["a"] * 3)))
    with pytest.raises(StoreError, match="hardware id that is none"):
        list(import_file(store, saved(tmp_path / "b.npz", x=windows, y=labels, device=["a"] * 4, hardware=["x"] * 4)))


def test_rows_of_a_device_stand_together(store: Store, tmp_path: Path) -> None:
    """In Parquet a device that comes again is an error, for its frozen set was told already."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"device": ["a", "b", "a"], "x": [[1.0], [2.0], [3.0]], "y": [0, 1, 0]})
    parquet.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(StoreError, match="do not stand together"):
        list(import_file(store, tmp_path / "x.parquet"))


def test_the_last_of_each_class() -> None:
    """Rounded down, in file order."""
    labels = np.array([0, 0, 0, 1, 1, 2])
    assert [False, False, True, False, True, False] == last_of_each_class(labels).tolist()
