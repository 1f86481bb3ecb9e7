"""Forget a device: every row of it, and on SQLite every byte of the file; then prove it.

The steps, each of which may be the last before a power cut:

1. a tombstone with the device's number, committed: from here on its rows may be deleted, and `open_store` deletes them;
2. all rows of all tables, in one transaction;
3. VACUUM, which writes the database anew from what is left, and an empty write-ahead log;
4. the tombstone gets its time: done, and nothing may be deleted any more.

Whatever step is missing, `finish_forgettings` or the next `forget` takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from sqlalchemy import select, text

from models.store import removal
from models.store.errors import StoreBusyError, StoreError
from models.store.opening import shown
from models.store.schema import Device
from models.store.store import Store
from models.store.traces import Search, Traces, search, traces_of
from models.store.translate import translated

_BESIDE: Final = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Proof:
    """What is left of a device.

    Attributes:
        name: of the device.
        deleted: rows that were deleted, by table; none where an interrupted forgetting had done so already.
        left: rows that are still there, by table.
        search: what was sought in the bytes of the file, None on a server, whose files are its own.
        resumed: an interrupted forgetting was finished, and the store knew no device of this name any more.
    """

    name: str
    deleted: Mapping[str, int]
    left: Mapping[str, int]
    search: Search | None
    resumed: bool = False

    @property
    def holds(self) -> bool:
        """Nothing is left, in no table and nowhere in the file."""
        return not any(self.left.values()) and (self.search is None or not self.search.found)


def forget(store: Store, name: str) -> Proof:
    """Remove a device, its examples, edits and everything that was derived from them, and prove it.

    Raises:
        StoreError: the store knows no such device.
        StoreBusyError: somebody recompiles, or reads at this moment; once they are done, `forget` again goes on.
    """
    with store.exclusive("forgetting"):
        with store.reading() as connection:
            known = connection.execute(select(Device.id).where(Device.name == name)).scalar_one_or_none()
            traces, unfinished = traces_of(connection, name), removal.asked(connection)
        if known is None and not unfinished:
            store.device(name)  # which says who is nearest
        if known is not None:
            with store.writing() as connection:
                removal.ask(connection, known, _now())
        deleted = _finish(store)
        return _proof(store, traces, known, deleted, unfinished)


def finish_forgettings(store: Store) -> int:
    """Finish whatever was interrupted; how many forgettings that were.

    Raises:
        StoreBusyError: somebody recompiles, forgets or reads at this moment.
    """
    with store.reading() as connection:
        count = len(removal.asked(connection))
    if count:
        with store.exclusive("forgetting"):
            _finish(store)
    return count


def _finish(store: Store) -> dict[str, int]:
    """Steps 2 to 4 for every tombstone without a time; the rows that were deleted."""
    with store.writing() as connection:
        numbers = removal.asked(connection)
        counts = [removal.remove(connection, number) for number in numbers]
    _rewrite(store)
    with store.writing() as connection:
        for number in numbers:
            removal.done(connection, number, _now())
    _empty_log(store)
    return {table: sum(count[table] for count in counts) for table in removal.TABLES}


def _proof(store: Store, traces: Traces, known: int | None, deleted: dict[str, int], unfinished: list[int]) -> Proof:
    numbers = unfinished if known is None else [known]
    with store.reading() as connection:
        counts = [removal.remaining(connection, number) for number in numbers]
        left = {table: sum(count[table] for count in counts) for table in removal.TABLES}
        files = [] if store.path is None else [store.path.with_name(store.path.name + end) for end in _BESIDE]
        found = search(connection, traces, files) if files else None
    return Proof(traces.name, deleted, left, found, resumed=known is None)


def _rewrite(store: Store) -> None:
    """Write the database anew; no transaction may be open.

    PostgreSQL's VACUUM takes the dead rows out of the tables' files; their bytes may stay in free space, in its
    write-ahead log and in backups.
    """
    if store.path is None:
        with translated(shown(store.place)), store.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            for table in removal.TABLES:
                connection.execute(text(f"VACUUM {table}"))
        return
    _driven(store, "VACUUM")
    _empty_log(store)


def _empty_log(store: Store) -> None:
    """Everything goes from the write-ahead log to the database, and the log is cut to nothing."""
    if store.path is None:
        return
    busy, _, _ = _driven(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise StoreBusyError(
            f"{store.path} is being read, so that its log cannot be emptied",
            expected="nobody else at the store",
            received="another process",
            remedy="wait for it, then forget again: it goes on where it was",
        )


def _driven(store: Store, statement: str) -> tuple[int, ...]:
    """Run one statement outside any transaction."""
    with translated(str(store.path)):
        connection = store.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return tuple(cursor.fetchone() or ())
        finally:
            connection.close()


def _now() -> datetime:
    return datetime.now(tz=timezone.utc)


def require(proof: Proof) -> None:
    """The proof holds.

    Raises:
        StoreError: something of the device is still there.
    """
    if not proof.holds:
        raise StoreError(
            f"something of {proof.name} is still there",
            expected="no row, and no trace in the file",
            received=f"rows {dict(proof.left)}, {proof.search.found if proof.search else 0} traces in the file",
            remedy="forget it again; if that remains, move the other devices to a new store: persona store export",
        )
