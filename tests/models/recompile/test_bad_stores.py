"""A store without room, or damaged, while a run is at it: one clear error, nothing half, and the run goes on later."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from models.recompile.engines.engine import Engine
from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, Row, recompile_all
from models.store.errors import DamagedStoreError, StoreFullError
from models.store.store import Store, open_store
from models.store.verify import verify
from tests.models.recompile.filled import by_user, fill
from tests.models.recompile.forked import status_of
from toolchain.bundle import Bundle

USERS = 40
PAGE = 4096
FULL = 3


@pytest.fixture(scope="module")
def filled(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that nobody recompiled from yet."""
    path = tmp_path_factory.mktemp("filled") / "store.db"
    fill(path, small_bundle, USERS)
    return path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(filled, tmp_path / "store.db"))


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """The copy, opened."""
    with open_store(path) as opened:
        yield opened


def play(store: Store, bundle: Bundle, seen: list[Row], engine: Engine | None = None) -> None:
    """All users; rows go to `seen` as they come."""
    for row in recompile_all(store, Request(bundle, Order()), engine or Local(1)):
        seen.append(row)  # noqa: PERF402  # what came before an error counts


def require_the_rest(store: Store, bundle: Bundle, recorded: int) -> None:
    """The store is whole; what it has is kept, the rest is computed now."""
    assert not verify(store)
    rows: list[Row] = []
    play(store, bundle, rows)
    assert USERS == len(by_user(rows))
    assert recorded == sum(not row.fresh for row in rows)
    assert not verify(store)


def recorded_in(store: Store) -> int:
    """How many users are done."""
    return sum(len(store.recompilations(device.id)) for device in store.devices())


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_room_in_the_middle(store: Store, path: Path, small_bundle: Bundle, jobs: int) -> None:
    """What was recorded before stays; after room was made the run goes on. No worker is left behind."""
    most = path.stat().st_size // PAGE + 2

    def limit(connection: Any, record: Any) -> None:
        del record
        connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(store.engine, "connect", limit)
    store.engine.dispose()
    seen: list[Row] = []
    with pytest.raises(StoreFullError, match="no room left") as caught:
        play(store, small_bundle, seen, Local(jobs))
    assert "make room" in str(caught.value)
    event.remove(store.engine, "connect", limit)
    store.engine.dispose()
    assert 0 < len(seen) < USERS
    assert len(seen) == recorded_in(store)
    require_the_rest(store, small_bundle, len(seen))


@pytest.mark.parametrize("pages", [1, 9, 10])
def test_no_file_may_grow_further(path: Path, small_bundle: Bundle, pages: int) -> None:
    """The system refuses to write, at once or later: the same error, and nothing half."""

    def recompile() -> int:
        most = pages * PAGE
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        try:
            with open_store(path) as store:
                play(store, small_bundle, [])
        except StoreFullError:
            return FULL
        return 0

    assert FULL == status_of(recompile)
    with open_store(path) as store:
        require_the_rest(store, small_bundle, recorded_in(store))


def test_a_damaged_example_stops_the_run(store: Store, path: Path, small_bundle: Bundle) -> None:
    """Nobody learns from what was not stored; users before it are kept."""
    last = list(store.devices())[-1].id
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TRIGGER examples_no_update")
        raw.execute("UPDATE examples SET content = zeroblob(40) WHERE device = ?", (last,))
    seen: list[Row] = []
    with pytest.raises(DamagedStoreError, match="is not what was stored") as caught:
        play(store, small_bundle, seen)
    assert "verify" in str(caught.value)
    assert len(seen) == recorded_in(store) > 0


def test_damaged_pages_stop_the_run(path: Path, small_bundle: Bundle) -> None:
    """Whatever page is hit first: one clear error, no traceback of the database."""
    content = bytearray(path.read_bytes())
    content[20 * PAGE : -PAGE] = b"\xa5" * (len(content) - 21 * PAGE)
    path.write_bytes(content)
    with pytest.raises(DamagedStoreError), open_store(path) as store:
        play(store, small_bundle, [])
