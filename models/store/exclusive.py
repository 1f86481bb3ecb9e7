"""One recompile or forgetting at a time on one store; where its process is killed, the operating system lets go."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, TextIO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from models.store.errors import StoreBusyError
from models.store.translate import translated

_LOCK: Final = 0x7065_7273_6F6E_6131
"""The number of the advisory lock on a server; each database has its own."""


@contextmanager
def exclusive(engine: Engine, place: str, what: str) -> Iterator[None]:
    """Nobody else is inside such a block on this store; `what` says what it is for.

    Raises:
        StoreBusyError: somebody is.
    """
    if engine.dialect.name == "sqlite":
        with _by_file(Path(place), what):
            yield
    else:
        with _by_server(engine, place, what):
            yield


@contextmanager
def _by_file(store: Path, what: str) -> Iterator[None]:
    with translated(str(store)):
        whole = store.resolve()  # one lock, by whatever link the store is named
        path = whole.with_name(whole.name + ".lock")
        file = path.open("a+", encoding="utf-8")
    with file:
        _lock(file, store, what)
        yield


def _lock(file: TextIO, store: Path, what: str) -> None:
    import fcntl

    with translated(str(store)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _busy(str(store), what, file.read()) from None
        file.truncate(0)
        since = datetime.now(tz=timezone.utc).isoformat(timespec="seconds")
        file.write(json.dumps({"what": what, "pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        file.flush()


@contextmanager
def _by_server(engine: Engine, place: str, what: str) -> Iterator[None]:
    """The lock is that of one connection, which is held open; when it breaks, the server lets go.

    Raises:
        StoreError: also at the end of the block, where the connection broke: the block was not alone all the time.
    """
    with translated(place):
        connection = engine.connect().execution_options(reading=True)
    with connection:
        with translated(place):
            held = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar_one()
            connection.commit()
        if not held:
            raise _busy(place, what, "")
        try:
            yield
        except BaseException:
            with suppress(SQLAlchemyError):  # what happened in the block is what has to be told
                _let_go(connection)
            raise
        with translated(place):
            _let_go(connection)


def _let_go(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    connection.commit()


def _busy(place: str, what: str, told: str) -> StoreBusyError:
    try:
        holder = json.loads(told)
        received = f"{holder['what']} by process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        received = "another process"
    return StoreBusyError(
        f"somebody else works on {place}, so that {what} cannot",
        expected="one process at a time that recompiles or forgets",
        received=received,
        remedy="wait for it, or stop it: what it finished is kept",
    )
