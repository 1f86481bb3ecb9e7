"""A fleet's store on SQLite and on a real PostgreSQL server: the same rows, the same refusals, the same errors."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from itertools import islice

import pytest
from sqlalchemy import text

from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, Row, recompile_all
from models.store.errors import StoreBusyError, StoreError
from models.store.migrate import migrate, present
from models.store.store import Store, open_store
from models.store.verify import verify
from tests.models.recompile.filled import add_old_edits, add_user, by_user, fill
from tests.models.recompile.forked import fork
from tests.models.store.material import windows_of
from tests.models.store.server import Server
from toolchain.bundle import Bundle

USERS = 20
GONE = """DO $$ BEGIN
    WHILE EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()) LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$"""
TABLES = ("examples", "evaluation_members", "evaluation_sets", "edits", "recompilations")


@pytest.fixture
def postgres_again(postgres: Server) -> Iterator[Server]:
    """The server, which runs again after the test."""
    yield postgres
    if postgres.process is None:
        postgres.start()


def rows_of(store: Store, bundle: Bundle) -> Iterator[Row]:
    """A run over all users."""
    return recompile_all(store, Request(bundle, Order()), Local(1))


def test_a_run_is_the_same_everywhere(place: str, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """Every user once; again, nothing is computed; after an interruption only the rest."""
    fill(place, small_bundle, USERS)
    with open_store(place) as store:
        add_old_edits(store, other_bundle, ["user-003", "user-004"])
        first = rows_of(store, small_bundle)
        kept = list(islice(first, 3))
        first.close()  # type: ignore[attr-defined]  # a generator
        rows = list(rows_of(store, small_bundle))
        assert 16 == sum(not row.fresh for row in rows)
        assert {row.outcome for row in kept} <= {row.outcome for row in rows}
        assert 2 == sum(row.outcome.transport is not None for row in by_user(rows))
        assert not any(row.fresh for row in rows_of(store, small_bundle))
        assert not verify(store)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_itself_refuses_changes(store: Store, small_bundle: Bundle, table: str) -> None:
    """UPDATE, DELETE and, where there is one, TRUNCATE: whoever sends it."""
    add_user(store, small_bundle, 0)
    assert 1 == len(list(rows_of(store, small_bundle)))
    said = [f"UPDATE {table} SET device = device", f"DELETE FROM {table}"]  # noqa: S608  # our own names
    if store.path is None:
        said.append(f"TRUNCATE {table} CASCADE")
    for statement in said:
        with pytest.raises(StoreError, match="refuses to change"), store.writing() as connection:
            connection.execute(text(statement))
    assert not verify(store)


def test_tables_are_made_once(place: str) -> None:
    """To bring a store to the newest version again changes nothing."""
    with open_store(place, create=True) as store:
        store.add_examples("user-1", *windows_of(1, 6))
        with store.writing() as connection:
            found = present(connection)
            migrate(connection)
            assert found == present(connection)
    with open_store(place) as store:
        assert 1 == store.count()


def test_two_writers_wait_for_one_another(place: str) -> None:
    """Four at once add the same new users: every window is there once, and nobody is refused."""
    with open_store(place, create=True):
        pass
    errors: list[BaseException] = []

    def write() -> None:
        try:
            with open_store(place) as store:
                for seed in range(8):
                    store.add_examples(f"user-{seed}", *windows_of(seed, 6))
        except BaseException as error:  # noqa: BLE001  # told below
            errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not errors
    with open_store(place) as store:
        assert [6] * 8 == [len(store.training(device.id)) for device in store.devices()]
        assert not verify(store)


def test_a_reading_sees_one_state(store: Store) -> None:
    """What is added meanwhile is seen by the next reading, not by this one."""
    store.add_examples("user-1", *windows_of(1, 6))
    count = text("SELECT count(*) FROM examples")
    with store.reading() as connection:
        before = connection.execute(count).scalar_one()
        store.add_examples("user-1", *windows_of(2, 6))
        assert before == connection.execute(count).scalar_one()
    assert 12 == len(store.training(store.device("user-1").id))


def test_a_killed_run_lets_go(place: str, small_bundle: Bundle) -> None:
    """While it holds the store nobody else recompiles; after SIGKILL the next one does the rest."""
    fill(place, small_bundle, USERS)
    reading, writing = os.pipe()

    def hold() -> int:
        with open_store(place) as store:
            for _ in rows_of(store, small_bundle):
                os.write(writing, b"!")
                signal.pause()
        return 0

    child = fork(hold)
    assert b"!" == os.read(reading, 1)
    with open_store(place) as store:
        with pytest.raises(StoreBusyError):
            list(rows_of(store, small_bundle))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        wait_for(store)
        rows = list(rows_of(store, small_bundle))
        assert USERS == len(by_user(rows))
        assert USERS - 16 == sum(row.fresh for row in rows)
        assert not verify(store)


def wait_for(store: Store) -> None:
    """A server notices the end of a client a moment later."""
    with store.reading() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(GONE))


def test_a_server_that_stops_in_the_middle(postgres_again: Server, postgres_url: str, small_bundle: Bundle) -> None:
    """One clear error; once it runs again, the rest is done and nothing twice."""
    fill(postgres_url, small_bundle, USERS)
    with open_store(postgres_url) as store:
        rows = rows_of(store, small_bundle)
        seen = [next(rows)]
        postgres_again.stop(signal.SIGQUIT)
        with pytest.raises(StoreError, match="cannot be reached") as caught:
            seen += rows
        assert "start the server" in str(caught.value)
        postgres_again.start()
    with open_store(postgres_url) as store:
        rest = list(rows_of(store, small_bundle))
        assert USERS == len(by_user(rest))
        assert 16 == sum(not row.fresh for row in rest)
        assert not verify(store)


def test_a_run_that_was_not_alone_says_so(postgres: Server, postgres_url: str, small_bundle: Bundle) -> None:
    """The connection that holds the lock is cut: what was done stays, and the end tells."""
    fill(postgres_url, small_bundle, 1)
    with open_store(postgres_url) as store:
        rows = rows_of(store, small_bundle)
        assert next(rows).fresh
        postgres.say(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'",
        )
        with pytest.raises(StoreError, match="cannot be reached"):
            list(rows)
        assert not any(row.fresh for row in rows_of(store, small_bundle))


@pytest.mark.parametrize("wrong", ["password", "port", "database", "host"])
def test_a_server_that_cannot_be_used(postgres: Server, postgres_url: str, wrong: str) -> None:
    """One clear error that names the address without its password."""
    place = {
        "password": postgres.url("store", password="secret"),  # noqa: S106  # a wrong one
        "port": postgres.url("store", port=1),
        "database": postgres.url("nothing"),
        "host": postgres_url.replace("127.0.0.1", "no.such.invalid"),
    }[wrong]
    with pytest.raises(StoreError, match="cannot be reached") as caught, open_store(place):
        pass
    assert "address and the password" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "se%3A" not in str(caught.value)
