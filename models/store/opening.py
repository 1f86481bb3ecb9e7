"""Open a store: a file for SQLite, or the URL of a PostgreSQL server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, insert, inspect, make_url, select, text

from models.store.errors import StoreError
from models.store.migrate import migrate, present
from models.store.schema import Forgetting, Meta
from models.store.translate import translated

_SALT_BYTES: Final = 16
_PATIENCE_MS: Final = 10_000
_WRITERS: Final = 0x7065_7273_6F6E_6130
"""The number of the advisory lock that a writing transaction holds on a server; each database has its own."""
_URL: Final = "://"
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {_PATIENCE_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten with zeros
    # With WAL a power cut can undo the last transactions, never damage the file; a killed process undoes nothing.
    "PRAGMA synchronous = NORMAL",
)


def is_url(place: str) -> bool:
    """Whether `place` is a server and not a file."""
    return _URL in place


def shown(place: str) -> str:
    """`place` as messages may show it: without a password."""
    return make_url(place).render_as_string(hide_password=True) if is_url(place) else place


def engine_of(place: str, *, create: bool) -> Engine:
    """The engine of the store at `place`.

    Raises:
        StoreError: there is no such file and it is not to be made, or an address that says nothing.
    """
    if is_url(place):
        return _server(place)
    path = Path(place)
    if not create and not path.is_file():
        raise StoreError(
            f"there is no store {place}",
            expected="a file that `persona store add` made",
            received="no such file" if not path.exists() else "something else",
            remedy="name it with --store or PERSONA_STORE, or make one: persona store add DATA",
        )
    if not path.absolute().parent.is_dir():
        raise StoreError(f"there is no folder for {place}", remedy="make it, or choose another path")
    # A pool: the last connection that is closed empties the log and syncs, which every transaction would pay for.
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=QueuePool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _server(place: str) -> Engine:
    with translated("the address of the store"):
        url = make_url(place)
        if url.get_backend_name() != "postgresql":
            raise StoreError(
                "no store lies on such a server",
                expected="a file, or postgresql://user@host/name",
                received=url.render_as_string(hide_password=True),
            )
        try:
            engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise StoreError(
                "a store on PostgreSQL needs the package psycopg", remedy="pip install 'persona-mcu[store,postgres]'"
            ) from error
    event.listen(engine, "begin", _begin_on_server)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    """Every connection alike. The driver must not open transactions by itself, and late: `_begin` does."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    tables = {name for (name,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables or Forgetting.__tablename__ in tables:  # somebody else's database stays as it is
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Whoever may write says so at once, so that two writers wait for one another and never meet half-way."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_on_server(connection: Connection) -> None:
    """The same on a server: a reading sees one state throughout, and writers wait for one another."""
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_PATIENCE_MS}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


@contextmanager
def transaction(engine: Engine, place: str, *, reading: bool = False) -> Iterator[Connection]:
    """One transaction: committed at the end of the block, undone by any exception.

    Raises:
        StoreError: whatever the database refuses.
    """
    with translated(place), engine.connect() as plain:
        connection = plain.execution_options(reading=reading)
        with connection.begin():
            yield connection


def make_ready(connection: Connection, place: str, *, create: bool, salt: bytes | None = None) -> None:
    """Make or upgrade the tables, within the transaction of `connection`; a new store gets `salt`, or a random one.

    Raises:
        StoreError: the tables are newer than this version, damaged, or somebody else's; or there are none, and none are
            to be made.
    """
    if present(connection) is None:
        _require_empty(connection, place)
        _require_wanted(place, create=create)
    migrate(connection)
    if connection.execute(select(Meta.value).where(Meta.name == "salt")).one_or_none() is None:
        connection.execute(insert(Meta), {"name": "salt", "value": salt or secrets.token_bytes(_SALT_BYTES)})


def _require_wanted(place: str, *, create: bool) -> None:
    """An empty file may be what is left of a store: only whoever asks for a new one gets it."""
    if not create:
        raise StoreError(
            f"{place} is empty",
            expected="a store that `persona store add` made",
            received="a database without tables",
            remedy="name another with --store, put a backup back, or fill it: persona store add DATA",
        )


def _require_empty(connection: Connection, place: str) -> None:
    tables = inspect(connection).get_table_names()
    if tables:
        raise StoreError(
            f"{place} is a database, but no store",
            expected="an empty database, or a store",
            received=f"tables {', '.join(sorted(tables)[:5])}",
            remedy="choose another path",
        )


def size_of(connection: Connection) -> int:
    """Bytes of the database."""
    if connection.dialect.name == "sqlite":
        pages = connection.execute(text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"))
        return int(pages.scalar_one())
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
