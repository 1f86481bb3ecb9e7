"""A store on a PostgreSQL server: what only a server can do, refuse, or fail at."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from sqlalchemy import text

from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.store.errors import StoreBusyError, StoreError
from models.store.guards import KEPT
from models.store.store import Store, open_store
from tests.models.recompile.users import windows_and_labels
from tests.models.store.material import add_device
from tests.models.store.postgres import Server, server
from toolchain.bundle import Bundle

HOLD = """
import sys, time
from models.store.store import open_store
with open_store(sys.argv[1]) as store, store.exclusive("recompile"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def on_server(postgres_server: Server) -> Iterator[Store]:
    """An empty store on the server."""
    with open_store(postgres_server.database(), create=True) as opened:
        yield opened


@pytest.mark.parametrize("table", KEPT)
def test_nothing_that_is_kept_can_be_emptied_at_once(on_server: Store, table: str) -> None:
    """TRUNCATE sees no row, and is refused all the same."""
    add_device(on_server, "user-1")
    with pytest.raises(StoreError, match="does not change"), on_server.writing() as connection:
        connection.execute(text(f"TRUNCATE {table} CASCADE"))
    assert len(on_server.training(on_server.device("user-1").id))


def test_users_move_to_a_new_base(on_server: Store, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """The whole run, twice, and again: as on a file."""
    for seed in range(4):
        windows, labels = windows_and_labels(small_bundle, seed, 40)
        on_server.freeze(on_server.add_examples(f"user-{seed}", windows, labels).device)
    for bundle in (other_bundle, small_bundle):
        rows = list(recompile_all(on_server, Request(bundle, Order(tolerance=0.99)), Local()))
        assert [row.outcome.verdict.value for row in rows] == ["accepted"] * 4
    assert all(row.outcome.transport is not None for row in rows)
    again = list(recompile_all(on_server, Request(small_bundle, Order(tolerance=0.99)), Local()))
    assert [row.outcome for row in again] == [row.outcome for row in rows]
    assert not any(row.fresh for row in again)


def test_a_killed_holder_lets_go(postgres_server: Server) -> None:
    """The lock is that of a connection: SIGKILL ends it, and the next one may begin."""
    place = postgres_server.database()
    with open_store(place, create=True) as store:
        holder = subprocess.Popen([sys.executable, "-c", HOLD, place], stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        with holder.stdout:
            assert "held" in holder.stdout.readline()
            with pytest.raises(StoreBusyError, match="somebody else works on"), store.exclusive("recompile"):
                pass
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        assert held_again(store)


def held_again(store: Store) -> bool:
    """The server notices the end of a client a moment later."""
    for _ in range(100):
        with suppress(StoreBusyError), store.exclusive("recompile"):
            return True
        time.sleep(0.05)
    return False


def test_a_server_that_goes_away_is_one_clear_error() -> None:
    """In the middle of work: what was committed is there when it is back, nothing is half there."""
    with server() as own, open_store(own.database(), create=True) as store:
        add_device(store, "user-1")
        own.stop()
        with pytest.raises(StoreError) as caught:
            add_device(store, "user-2")
        assert caught.value.remedy is not None
        assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://postgres@127.0.0.1:1/nothing",
        "postgresql://postgres:secret@127.0.0.1:1/nothing",
        "mysql://somebody@localhost/store",
    ],
)
def test_an_address_that_leads_nowhere_is_one_clear_error(place: str) -> None:
    """And a password in it is never shown."""
    with pytest.raises(StoreError) as caught, open_store(place):
        pass
    assert "secret" not in str(caught.value)
    assert caught.value.remedy is not None or caught.value.expected is not None


def test_two_writers_at_once_lose_nothing(postgres_server: Server) -> None:
    """Different devices from two connections, interleaved."""
    place = postgres_server.database()
    with open_store(place, create=True) as first, open_store(place) as second:
        for number in range(6):
            for store in (first, second):
                name = f"{'a' if store is first else 'b'}-{number}"
                windows = np.array([[number, 0], [number, 1]], np.float32)
                store.add_examples(name, windows, np.array([0, 1]))
        assert first.count() == 12
