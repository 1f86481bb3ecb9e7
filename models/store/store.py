"""The store: what lasts while bases come and go.

    with open_store("store.db", create=True) as store:
        store.add_examples("user-1", windows, labels)
        store.freeze(store.device("user-1").id)

Source: "Recompile, Don't Transport" (Zenodo 20535982): source examples and a frozen evaluation set outlive every edit.
"""

from __future__ import annotations

import difflib
import getpass
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, func, insert, select

from models.store import exclusive as locking
from models.store import ledger, removal
from models.store.errors import StoreError
from models.store.freezing import SHARE
from models.store.incoming import Incoming
from models.store.opening import engine_of, is_url, make_ready, shown, transaction
from models.store.records import Base, Device, Edit, EvaluationSet, Examples, NewRecompilation, Recompilation
from models.store.schema import Device as DeviceTable
from models.store.schema import Meta
from models.store.shelf import Added, Shelf
from models.store.vault import Vault, require_same, vault_of
from toolchain.bundle import Bundle

_PAGE: Final = 256
_FEW: Final = 500


def _utc() -> datetime:
    return datetime.now(tz=timezone.utc)


@contextmanager
def open_store(
    place: str | Path, *, key: bytes | None = None, create: bool = False, salt: bytes | None = None
) -> Iterator[Store]:
    """The store at `place`: a path, or the URL of a PostgreSQL database.

    Args:
        place: where it is.
        key: 32 bytes that examples are sealed with, as `toolchain.keys.read_fleet_key` reads them.
        create: make it if there is none.
        salt: of a new store's hashes, for whoever must repeat its choices; random without it.

    Raises:
        StoreError: there is none, it is damaged, newer than this version, or the server cannot be reached.
        StoreKeyError: it is encrypted with another key, or not at all.
    """
    name = str(place)
    engine, vault = engine_of(name, create=create), vault_of(key)
    try:
        with transaction(engine, shown(name)) as connection:
            make_ready(connection, shown(name), create=create, salt=salt)
            known = _know(connection, vault, shown(name))
            for number in removal.asked(connection):  # nobody works on what is to be forgotten
                removal.remove(connection, number)
        yield Store(engine, name, vault, known)
    finally:
        engine.dispose()


def _know(connection: Connection, vault: Vault, place: str) -> bytes:
    """The salt; a fresh store takes the key that it is opened with, any other one is held against it."""
    known = {row.name: row.value for row in connection.execute(select(Meta))}
    if "key" not in known:
        connection.execute(insert(Meta), {"name": "key", "value": vault.check()})
    else:
        require_same(vault, known["key"], place)
    return bytes(known["salt"])


@final
class Store:
    """An open store; `open_store` makes one. Every method is one transaction, or reads in one."""

    def __init__(
        self, engine: Engine, place: str, vault: Vault, salt: bytes, *, now: Callable[[], datetime] = _utc
    ) -> None:
        self.engine = engine
        self.place = place
        self._shelf = Shelf(vault, salt)
        self._now = now

    @property
    def shelf(self) -> Shelf:
        """How examples lie here."""
        return self._shelf

    @property
    def path(self) -> Path | None:
        """The file; None where the store is on a server."""
        return None if is_url(self.place) else Path(self.place)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that may write."""
        return transaction(self.engine, shown(self.place))

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads."""
        return transaction(self.engine, shown(self.place), reading=True)

    def exclusive(self, what: str) -> AbstractContextManager[None]:
        """A block in which nobody else is in such a block on this store; `what` says what it is for.

        Raises:
            StoreBusyError: somebody is.
        """
        return locking.exclusive(self.engine, self.place if self.path else shown(self.place), what)

    def stamp(self) -> ledger.Stamp:
        """Who writes, and when."""
        return ledger.Stamp(f"{getpass.getuser()}@{socket.gethostname()}", self._now())

    # Devices and their examples

    def add_examples(
        self,
        name: str,
        windows: npt.NDArray[np.float32],
        labels: npt.NDArray[np.int64],
        *,
        hardware: bytes | None = None,
        evaluation: npt.NDArray[np.bool_] | None = None,
    ) -> Added:
        """Store windows float32 [n, *shape] with labels int64 [n] of a device, all or nothing.

        Windows that are there already stay as they are. `evaluation` bool [n] freezes the importer's own choice.

        Raises:
            StoreError: windows that cannot be stored, or contradict what is stored.
            LeakError: an example would be frozen and training material.
        """
        incoming = Incoming.parse(name, windows, labels, hardware, evaluation)
        with self.writing() as connection:
            return self._shelf.add(connection, incoming, self._now())

    def freeze(self, device: int, share: float = SHARE) -> int:
        """Choose the frozen evaluation set of a device by hash, once and for all; how many examples it has.

        Raises:
            StoreError: it is frozen already, or there are too few examples.
        """
        with self.writing() as connection:
            return self._shelf.freeze(connection, device, share, self._now())

    def count(self, names: Sequence[str] | None = None) -> int:
        """How many devices there are, or how many of them `names` means.

        Raises:
            StoreError: a name is unknown.
        """
        if names is not None:
            return sum(1 for _ in self.devices(names))
        with self.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(DeviceTable)).scalar_one())

    def device(self, name: str) -> Device:
        """One device.

        Raises:
            StoreError: there is none of that name.
        """
        return next(iter(self.devices([name])))

    def devices(self, names: Sequence[str] | None = None) -> Iterator[Device]:
        """All devices in the order they came, or those of `names`; never all at once in memory.

        Raises:
            StoreError: a name is unknown; the message names the nearest.
        """
        if names is not None:
            yield from self._named(names)
            return
        last = 0
        while page := self._page(last):
            yield from page
            last = page[-1].id

    def _page(self, last: int) -> list[Device]:
        query = select(DeviceTable).where(DeviceTable.id > last).order_by(DeviceTable.id).limit(_PAGE)
        with self.reading() as connection:
            return [_device(row) for row in connection.execute(query)]

    def _named(self, names: Sequence[str]) -> list[Device]:
        found: list[Device] = []
        once = sorted(set(names))
        with self.reading() as connection:
            for at in range(0, len(once), _FEW):
                query = select(DeviceTable).where(DeviceTable.name.in_(once[at : at + _FEW]))
                found += [_device(row) for row in connection.execute(query.order_by(DeviceTable.id))]
            missing = sorted(set(names) - {device.name for device in found})
            if missing:
                every = connection.execute(select(DeviceTable.name)).scalars().all()
                near = difflib.get_close_matches(missing[0], every, n=3)
                raise StoreError(
                    f"the store knows no device {missing[0]!r}",
                    expected=f"for instance {', '.join(near or sorted(every)[:3])}" if every else "a device",
                    received=", ".join(missing[:5]),
                    remedy="list them: persona store show",
                )
        return sorted(found, key=lambda device: device.id)

    def training(self, device: int, limit: int | None = None) -> Examples:
        """At most `limit` examples that are not frozen, in the order of a hash: the first n of more are the same n.

        Raises:
            DamagedStoreError: an example is not what was stored.
        """
        with self.reading() as connection:
            return self._shelf.training(connection, device, limit)

    def evaluation(self, device: int) -> EvaluationSet | None:
        """The frozen evaluation set, None where there is none.

        Raises:
            DamagedStoreError: it is not what was frozen.
        """
        with self.reading() as connection:
            return self._shelf.evaluation(connection, device)

    # Bases, edits, units of work

    def add_base(self, bundle: Bundle) -> Base:
        """The base of `bundle`, added unless it is there."""
        with self.writing() as connection:
            return ledger.add_base(connection, bundle, self._now())

    def bases(self) -> list[Base]:
        """All bases, the newest last."""
        with self.reading() as connection:
            return ledger.bases(connection)

    def newest_base(self) -> Base | None:
        """The base that was added last."""
        known = self.bases()
        return known[-1] if known else None

    def record_many(self, outcomes: Sequence[NewRecompilation]) -> list[Recompilation]:
        """Keep what became of units, in one transaction; a unit that is there already stays as it is."""
        with self.writing() as connection:
            return ledger.record(connection, outcomes, self.stamp())

    def find(self, device: int, base: int, method: str, data: bytes) -> Recompilation | None:
        """The unit, if it was done."""
        with self.reading() as connection:
            return ledger.find(connection, device, base, method, data)

    def recompilations(self, device: int) -> list[Recompilation]:
        """What became of one device on every base."""
        with self.reading() as connection:
            return ledger.recompilations(connection, device)

    def current_edit(self, device: int, *, not_base: int | None = None) -> Edit | None:
        """The newest accepted edit that is not for the base `not_base`."""
        with self.reading() as connection:
            return ledger.current_edit(connection, device, not_base)

    def edits(self, device: int) -> list[Edit]:
        """Every edit of a device, the newest last."""
        with self.reading() as connection:
            return ledger.edits(connection, device)

    def add_edit(self, brought: ledger.Brought) -> Edit:
        """Keep an edit that somebody brings.

        Raises:
            EditError: it is no edit.
            StoreError: it was made for another base.
        """
        with self.writing() as connection:
            return ledger.add_edit(connection, brought, self.stamp())

    def deploy(self, edit: int, **sent: Any) -> None:
        """Keep that an edit was sent: `port`, `hardware`, `counter`, `digest`, `confirmed`."""
        with self.writing() as connection:
            ledger.deploy(connection, edit, sent, self.stamp())

    def deployments(self, device: int) -> list[dict[str, Any]]:
        """Every deployment of a device's edits."""
        with self.reading() as connection:
            return ledger.deployments(connection, device)


def _device(row: Any) -> Device:
    return Device(row.id, row.name, row.hardware)
