"""What is opened as a store is one, whole, and of a version that this one knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from models.store.errors import DamagedStoreError, StoreError
from models.store.schema import Table
from models.store.store import Store, open_store
from tests.models.store.material import add_device


def test_the_migrations_make_the_tables_of_the_models(store: Store) -> None:
    """Alembic finds no difference, in columns, types, keys and indices."""
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, Table.metadata)


def test_opening_again_changes_nothing(store: Store) -> None:
    """The same salt, the same examples, whether it may be made or not."""
    device = add_device(store)
    for create in (True, False):
        with open_store(store.place, create=create) as again:
            assert store.training(device).digests == again.training(device).digests
            assert store._shelf.salt == again._shelf.salt


def test_a_newer_revision_is_refused(store: Store) -> None:
    """Its tables may mean something else: nothing is read."""
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"), open_store(store.place):
        pass


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Only who asks for a new store gets one."""
    for place, said in ((tmp_path / "none.db", "no such file"), (tmp_path, "something else")):
        with pytest.raises(StoreError, match=said), open_store(place):
            pass
    assert [] == list(tmp_path.iterdir())
    with pytest.raises(StoreError, match="no folder"), open_store(tmp_path / "no" / "store.db", create=True):
        pass


def test_an_empty_file_is_no_store(tmp_path: Path) -> None:
    """It may be what is left of one: it is not filled with tables silently."""
    path = tmp_path / "store.db"
    path.touch()
    with pytest.raises(StoreError, match="is empty"), open_store(path):
        pass
    with open_store(path, create=True) as store:
        assert 0 == store.count()


def test_a_text_file_is_no_store(tmp_path: Path) -> None:
    """And it stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database\n" * 100)
    for create in (False, True):
        with pytest.raises(DamagedStoreError, match="damaged or no store"), open_store(path, create=create):
            pass
    assert "not a database\n" * 100 == path.read_text()


def test_somebody_elses_database_is_no_store(tmp_path: Path) -> None:
    """Not a byte of it changes."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    before = path.read_bytes()
    for create in (False, True):
        with pytest.raises(StoreError, match=r"is a database, but no store[\s\S]*photos"):  # noqa: SIM117  # two lines
            with open_store(path, create=create):
                pass
    assert before == path.read_bytes()


def filled(path: Path) -> Path:
    """A closed store of some pages."""
    with open_store(path, create=True) as store:
        for seed in range(20):
            add_device(store, f"user-{seed}", 1 + seed, count=40)
    return path


def read_all(path: Path) -> None:
    """Open it and read every example."""
    with open_store(path) as store:
        for device in store.devices():
            store.training(device.id)
            store.evaluation(device.id)


def test_a_truncated_file_is_noticed(tmp_path: Path) -> None:
    """Wherever it ends, one error of ours, never a traceback of the database."""
    path = filled(tmp_path / "store.db")
    whole = path.read_bytes()
    for keep in (0, 10, 100, 4096, len(whole) // 3, len(whole) - 4096):
        path.write_bytes(whole[:keep])
        with pytest.raises(StoreError):
            read_all(path)
    path.write_bytes(whole)
    read_all(path)


def test_a_damaged_example_is_noticed(tmp_path: Path) -> None:
    """One bit of a window, and the store says that it is not what was stored."""
    path = filled(tmp_path / "store.db")
    with closing(sqlite3.connect(path)) as connection:
        (content,) = connection.execute("SELECT content FROM examples LIMIT 1").fetchone()
    whole = path.read_bytes()
    place = whole.index(content) + 12
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with pytest.raises(DamagedStoreError, match="not what was stored"):
        read_all(path)


@pytest.mark.parametrize("place", ["mysql://somebody:secret@here/store", "postgresql://somebody:secret@127.0.0.1:1/x"])
def test_a_server_that_is_none(place: str) -> None:
    """One error, and no password in it."""
    with pytest.raises(StoreError) as caught, open_store(place, create=True):
        pass
    assert "secret" not in str(caught.value)
