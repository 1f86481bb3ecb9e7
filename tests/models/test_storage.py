"""A directory of results is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import storage
from models.errors import TrainedError
from models.storage import INDEX, read_directory, write_directory

FILES = {"a.bin": b"abc", "b.bin": bytes(1000)}


def test_round_trip(tmp_path: Path) -> None:
    """What was written is read back, with the index."""
    write_directory(tmp_path / "x" / "t", {"seed": 4}, FILES)
    index, files = read_directory(tmp_path / "x" / "t")
    assert index["seed"] == 4
    assert files == FILES


def test_an_older_result_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """Writing again replaces the whole directory."""
    write_directory(tmp_path / "t", {}, FILES)
    write_directory(tmp_path / "t", {}, {"c.bin": b"c"})
    assert read_directory(tmp_path / "t")[1] == {"c.bin": b"c"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t"]
    assert sorted(p.name for p in (tmp_path / "t").iterdir()) == ["c.bin", INDEX]


def test_a_failure_leaves_the_older_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails in the middle, the old directory is untouched and no half of the new one is left."""
    write_directory(tmp_path / "t", {}, FILES)

    def fail(path: Path, content: bytes) -> None:
        path.write_bytes(content[:1])
        raise OSError("disk full")

    monkeypatch.setattr(storage, "_write", fail)
    with pytest.raises(TrainedError, match="disk full"):
        write_directory(tmp_path / "t", {}, {"c.bin": b"c"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t"]
    assert read_directory(tmp_path / "t")[1] == FILES


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_foreign_paths_are_never_replaced(tmp_path: Path, kind: str) -> None:
    """A file, or a directory with something else in it, is in the way and stays."""
    target = tmp_path / "t"
    precious = target if kind == "file" else target / "thesis.txt"
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("precious")
    with pytest.raises(TrainedError, match="in the way"):
        write_directory(target, {}, FILES)
    assert precious.read_text() == "precious"


def test_a_path_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """A file where a parent directory should be is refused."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(TrainedError, match="cannot write"):
        write_directory(tmp_path / "file" / "t", {}, FILES)


@pytest.mark.parametrize("damage", ["gone", "cut", "flipped", "no index", "index cut", "index of another format"])
def test_damage_is_one_clear_error(tmp_path: Path, damage: str) -> None:
    """Whatever happened to the directory, reading it names the path and says what to do."""
    target = tmp_path / "t"
    write_directory(target, {}, FILES)
    index = json.loads((target / INDEX).read_text())
    if damage == "gone":
        (target / "b.bin").unlink()
    elif damage == "cut":
        (target / "b.bin").write_bytes(bytes(999))
    elif damage == "flipped":
        (target / "a.bin").write_bytes(b"abd")
    elif damage == "no index":
        (target / INDEX).unlink()
    elif damage == "index cut":
        (target / INDEX).write_bytes((target / INDEX).read_bytes()[:50])
    else:
        (target / INDEX).write_text(json.dumps({**index, "format": 99}))
    with pytest.raises(TrainedError, match=r"/t[\s\S]*what to do: train again"):
        read_directory(target)
