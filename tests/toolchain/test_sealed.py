"""Sealed directories: whole or not there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from toolchain.errors import BundleError
from toolchain.sealed import SealedFormat

SEAL = SealedFormat("index.json", 1, "a test directory", BundleError, "write it again")
FILES = {"a.bin": b"one", "sub/b.bin": b"two"}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Index and files come back, folders included."""
    SEAL.write(tmp_path / "d", {"name": "x"}, FILES)
    index, files = SEAL.read(tmp_path / "d")
    assert ("x", FILES) == (index["name"], files)


@pytest.mark.parametrize("damage", ["shorter", "longer", "flipped", "gone"])
def test_damage_is_noticed(tmp_path: Path, damage: str) -> None:
    """A truncated, extended, altered or lost file is named."""
    SEAL.write(tmp_path / "d", {}, FILES)
    victim = tmp_path / "d" / "sub" / "b.bin"
    if damage == "gone":
        victim.unlink()
    else:
        victim.write_bytes({"shorter": b"tw", "longer": b"twoo", "flipped": b"twp"}[damage])
    with pytest.raises(BundleError, match=r"b\.bin"):
        SEAL.read(tmp_path / "d")


def test_truncated_index_is_noticed(tmp_path: Path) -> None:
    """Half an index is damage, not another version."""
    SEAL.write(tmp_path / "d", {}, FILES)
    index = tmp_path / "d" / "index.json"
    index.write_text(index.read_text()[:20])
    with pytest.raises(BundleError, match="damaged"):
        SEAL.read(tmp_path / "d")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd"])
def test_entries_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    """An index cannot make the reader open files elsewhere."""
    SEAL.write(tmp_path / "d", {}, FILES)
    index = tmp_path / "d" / "index.json"
    document = json.loads(index.read_text())
    document["files"] = {name: document["files"]["a.bin"]}
    index.write_text(json.dumps(document))
    with pytest.raises(BundleError, match="leads out"):
        SEAL.read(tmp_path / "d")


def test_failure_leaves_the_old_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails half-way, the old content is whole and nothing else is left."""
    SEAL.write(tmp_path / "d", {"name": "old"}, FILES)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError, match="No space left"):
        SEAL.write(tmp_path / "d", {"name": "new"}, FILES)
    assert "old" == SEAL.read(tmp_path / "d")[0]["name"]
    assert [tmp_path / "d"] == list(tmp_path.iterdir())


def test_other_peoples_directories_are_not_replaced(tmp_path: Path) -> None:
    """A directory without our index is in the way, not replaced."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.txt").write_text("three years")
    with pytest.raises(BundleError, match="in the way"):
        SEAL.write(tmp_path / "d", {}, FILES)
    assert "three years" == (tmp_path / "d" / "thesis.txt").read_text()


def test_a_file_is_not_replaced_by_a_directory(tmp_path: Path) -> None:
    """A file in the place of the directory stays."""
    (tmp_path / "d").write_text("precious")
    with pytest.raises(BundleError, match="in the way"):
        SEAL.write(tmp_path / "d", {}, FILES)
    assert "precious" == (tmp_path / "d").read_text()


def test_a_path_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """A file where a parent directory should be is refused."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(BundleError, match="cannot write"):
        SEAL.write(tmp_path / "file" / "d", {}, FILES)


def test_writing_again_replaces_everything(tmp_path: Path) -> None:
    """No file of the older content is left, inside or beside."""
    SEAL.write(tmp_path / "d", {}, FILES)
    SEAL.write(tmp_path / "d", {}, {"c.bin": b"c"})
    assert {"c.bin": b"c"} == SEAL.read(tmp_path / "d")[1]
    assert ["c.bin", "index.json"] == sorted(p.name for p in (tmp_path / "d").iterdir())
    assert [tmp_path / "d"] == list(tmp_path.iterdir())


def test_another_format_says_what_to_do(tmp_path: Path) -> None:
    """An index of another version is called that, with the remedy."""
    SEAL.write(tmp_path / "d", {}, FILES)
    index = tmp_path / "d" / "index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "format": 99}))
    with pytest.raises(BundleError, match=r"another version(.|\n)*write it again"):
        SEAL.read(tmp_path / "d")
