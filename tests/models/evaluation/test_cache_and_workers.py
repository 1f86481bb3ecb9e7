"""Pieces of a study: run anywhere, kept once, resumed after an interruption."""

from __future__ import annotations

import json
import multiprocessing as mp
from pathlib import Path
from typing import Any

import pytest

from models.errors import FleetError, StudyError
from models.evaluation.cache import Cache
from models.evaluation.piece import Piece
from models.evaluation.workers import run_all

HERE = "tests.models.evaluation.test_cache_and_workers"


def double(value: int, marks: str) -> dict[str, Any]:
    """A piece that leaves a mark wherever it ran."""
    with Path(marks).open("a", encoding="ascii") as file:
        file.write(f"{value}\n")
    if value == 13:
        raise FleetError("thirteen devices", remedy="take twelve")
    return {"twice": 2 * value, "third": value / 3, "pair": (value, value)}


def die(**_: object) -> dict[str, Any]:
    """A piece that ends its worker."""
    import os

    os._exit(9)


def pieces(marks: Path, values: range | list[int], **origin: Any) -> list[Piece]:
    """Some pieces."""
    return [Piece(f"v{v}", f"{HERE}:double", {"value": v, "marks": str(marks)}, origin) for v in values]


def quiet(piece: Piece, seconds: float | None) -> None:
    """Nobody listens."""


def test_the_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    """One process or two: the same values in the order of the pieces."""
    some = pieces(tmp_path / "marks", range(5))
    alone = run_all(some, Cache(None), 1, quiet)
    assert [result["twice"] for result in alone] == [0, 2, 4, 6, 8]
    assert run_all(some, Cache(None), 2, quiet) == alone
    assert not mp.active_children()


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was finished before the interruption is not done again, and the result is that of a whole run."""
    marks, cache = tmp_path / "marks", Cache(tmp_path / "cache")
    some = pieces(marks, range(4))

    def interrupt(piece: Piece, _: float | None) -> None:
        if piece.name == "v1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(some, cache, 1, interrupt)
    told: list[bool] = []
    results = run_all(some, cache, 1, lambda _, seconds: told.append(seconds is None))
    assert told == [True, True, False, False]
    assert marks.read_text().split() == ["0", "1", "2", "3"]
    assert results == run_all(some, Cache(None), 1, quiet)


def test_a_cached_result_is_the_computed_one(tmp_path: Path) -> None:
    """Floats keep every bit, and tuples are lists in both."""
    some, cache = pieces(tmp_path / "marks", range(3)), Cache(tmp_path / "cache")
    assert run_all(some, cache, 1, quiet) == run_all(some, cache, 1, quiet)


@pytest.mark.parametrize("changed", ["code", "data", "value"])
def test_whatever_a_result_depends_on_makes_it_another_piece(tmp_path: Path, changed: str) -> None:
    """Other sources, other data or other arguments: nothing is taken from the cache."""
    origin = {"code": "a", "data": "b"}
    cache = Cache(tmp_path / "cache")
    run_all(pieces(tmp_path / "marks", [1], **origin), cache, 1, quiet)
    other = pieces(tmp_path / "marks", [2 if changed == "value" else 1], **(origin | {changed: "c"}))
    assert cache.find(other[0]) is None


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"piece": {}, "result": {}}', "\udcff"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: str) -> None:
    """Truncated, altered or foreign files are done again and replaced."""
    some, cache = pieces(tmp_path / "marks", [3]), Cache(tmp_path / "cache")
    run_all(some, cache, 1, quiet)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert run_all(some, cache, 1, quiet)[0]["twice"] == 6
    assert json.loads(kept.read_text())["result"]["twice"] == 6


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_piece_arrives_as_it_was_raised(tmp_path: Path, workers: int) -> None:
    """Type, message and remedy cross the border of the process, and what was done before is kept."""
    cache = Cache(tmp_path / "cache")
    with pytest.raises(FleetError, match="thirteen devices") as caught:
        run_all(pieces(tmp_path / "marks", [12, 13]), cache, workers, quiet)
    assert caught.value.remedy == "take twelve"
    assert not mp.active_children()


def test_a_worker_that_dies_is_one_clear_error(tmp_path: Path) -> None:
    """Out of memory, for instance: the error names the piece and the way on."""
    some = [Piece(f"p{i}", f"{HERE}:die", {"i": i}, {}) for i in range(2)]
    with pytest.raises(StudyError, match="a worker died") as caught:
        run_all(some, Cache(tmp_path), 2, quiet)
    assert "--jobs 1" in str(caught.value)


def test_a_cache_needs_a_folder(tmp_path: Path) -> None:
    """A file in its place is an error before anything is computed."""
    (tmp_path / "taken").write_text("x")
    with pytest.raises(StudyError, match="cannot hold finished units"):
        Cache(tmp_path / "taken")
