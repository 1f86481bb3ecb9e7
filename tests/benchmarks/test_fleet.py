"""The fleet's benchmark on few users: every figure is there, and memory does not grow with the number of users."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Generator, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import fleet, fleet_bundle, fleet_users
from models.recompile import run
from models.recompile.engines.engine import Chunk, Done, Job
from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.store.store import Store, open_store
from toolchain.bundle import Bundle

USERS, STRIDE = 128, 32
ROOM = 10_000
"""Bytes that STRIDE users may add; their rows alone would be more."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The synthetic base."""
    return fleet_bundle.bundle(tmp_path_factory.mktemp("fleet") / "bundle")


@pytest.fixture(scope="module")
def store(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of synthetic users."""
    with open_store(tmp_path_factory.mktemp("fleet") / "store.db", create=True) as opened:
        fleet_users.fill(opened, bundle, USERS, 12)
        yield opened


def growth(store: Store, bundle: Bundle, order: Order) -> int:
    """How many bytes STRIDE users add at least: what grows with users grows each time, what a cache keeps only once."""
    held: list[int] = []
    tracemalloc.start()
    try:
        for done, _ in enumerate(recompile_all(store, Request(bundle, order), Local(1)), 1):
            if done % STRIDE == 0:
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    return min(after - before for before, after in pairwise(held))


def test_memory_does_not_grow_with_the_users(store: Store, bundle: Bundle) -> None:
    """Neither where all is computed nor where all is found."""
    assert growth(store, bundle, Order()) < ROOM
    assert growth(store, bundle, Order()) < ROOM


class Counting:
    """Keeps how many chunks were asked for before anything was given back."""

    cores = 1

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """Do it here."""

        def counted() -> Iterator[Chunk]:
            for chunk in chunks:
                self.sizes.append(len(chunk))
                yield chunk

        yield from Local(1).run(job, counted())


def test_users_that_are_done_do_not_pile_up(store: Store, bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit is missing before all others and one behind them: rows come on the way, not all at the end."""
    monkeypatch.setattr(run, "_FOUND", 20)
    names, order = [f"user-{seed:07}" for seed in range(USERS)], Order(tolerance=0.1)
    between = Request(bundle, order, names[1:-1])
    assert USERS - 2 == sum(1 for _ in recompile_all(store, between, Local(1)))
    engine = Counting()
    asked = [len(engine.sizes) for _ in recompile_all(store, Request(bundle, order), engine)]
    assert USERS == len(asked)
    assert [1, 0, 0, 0, 0, 0, 1] == engine.sizes
    given = [sum(1 for n in asked if n <= chunk) for chunk in range(1, len(engine.sizes) + 1)]
    assert [21, 41, 61, 81, 101, 121, USERS] == given


def test_every_figure_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON and as text; run again, nothing is computed."""
    fleet.main(["--users", "20", "--jobs", "1", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (20, 20, 0) == (told["run"]["users"], told["run"]["computed"], told["again"]["computed"])
    assert told["run"]["accepted"] > 10
    assert told["store_bytes_per_user"]["with_edit_and_unit"] > told["store_bytes_per_user"]["examples"] > 40 * 64 * 4
    assert {"2", "20"} == set(told["run"]["driver_peak_mib"])
    assert "processor s per user" in fleet.shown(told)
    assert not list(tmp_path.iterdir())
