"""Is everything that the store holds what it was when it was put in? Device by device, with flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sqlalchemy import Connection, func, select, text

from models.store.checks import Finding, examples_of, history_of
from models.store.errors import StoreError
from models.store.guards import missing_guards
from models.store.schema import Device as DeviceTable
from models.store.schema import Edit, Example, Forgetting
from models.store.store import Store
from toolchain.progress import Progress, silent

MOST: Final = 1000
"""Findings that are told; a store with more has been replaced, not damaged."""
_WHOLE: Final = "the store"
_ACCOUNTS: Final = 10


def verify(store: Store, fleet_key: bytes | None = None, progress: Progress = silent) -> tuple[Finding, ...]:
    """What is wrong with a store, at most `MOST` findings; nothing is changed.

    Args:
        store: an open store.
        fleet_key: 32 bytes from which device keys follow; without it MACs of edits are not checked.
        progress: told of each device.

    Returns:
        Nothing, where all is well: the database is whole, every example and frozen set has its digest, no example is on
        both sides, every edit parses and is one for its base, with its MAC, all scores lie in 0 to 1, recompilations
        and edits belong together, the database still refuses changes, and no forgetting is unfinished.
    """
    return tuple(islice(_all(store, fleet_key, progress), MOST))


def _all(store: Store, fleet_key: bytes | None, progress: Progress) -> Iterator[Finding]:
    with store.reading() as connection:
        whole = [*_database(connection), *_guards(connection), *_forgettings(connection), *_strays(connection)]
    yield from whole
    total = store.count()
    for done, device in enumerate(store.devices()):
        progress("verify", done, total)
        try:
            yield from examples_of(store, device)
            yield from history_of(store, device, fleet_key)
        except StoreError as error:
            yield Finding(device.name, error.message().replace("\n", ";"))
    progress("verify", total, total)


def _database(connection: Connection) -> Iterator[Finding]:
    """SQLite checks its own pages, and that every reference leads somewhere; a server does so itself."""
    if connection.dialect.name != "sqlite":
        return
    for (told,) in connection.execute(text(f"PRAGMA integrity_check({_ACCOUNTS})")):
        if told != "ok":
            yield Finding(_WHOLE, f"damaged: {told}".replace("\n", " "))
    for table, row, other, _ in islice(connection.execute(text("PRAGMA foreign_key_check")), _ACCOUNTS):
        yield Finding(_WHOLE, f"row {row} of {table} refers to a row of {other} that is not there")


def _guards(connection: Connection) -> Iterator[Finding]:
    missing = missing_guards(connection)
    if missing:
        yield Finding(_WHOLE, f"the database no longer refuses changes: {', '.join(missing)} is not there")


def _forgettings(connection: Connection) -> Iterator[Finding]:
    for number in connection.execute(select(Forgetting.device).where(Forgetting.done_at.is_(None))).scalars():
        yield Finding(_WHOLE, f"device number {number} is to be forgotten, and that was not finished")


def _strays(connection: Connection) -> Iterator[Finding]:
    """Rows of a device that is not there."""
    known = select(DeviceTable.id)
    for table in (Example, Edit):
        query = select(func.count()).select_from(table).where(table.device.not_in(known))
        count = connection.execute(query).scalar_one()
        if count:
            yield Finding(_WHOLE, f"{count} rows of {table.__tablename__} belong to no device")
