"""All users of a store on a new base: from the store to an engine and back, chunk by chunk, each unit once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from sqlalchemy import Connection

from models.recompile.engines.engine import Chunk, Engine, Job
from models.recompile.order import OldEdit, Order, Work
from models.store import ledger
from models.store.records import Device, Recompilation
from models.store.shelf import Shelf
from models.store.store import Store
from toolchain.bundle import Bundle
from toolchain.progress import Progress, silent

CHUNK: Final = 16
"""Users that go to a worker and into a transaction together: what a crash can cost."""
_FOUND: Final = 256
"""Users found in the store after which a chunk is handed out, full or not: so many rows wait at most for each."""


@dataclass(frozen=True)
class Request:
    """The new base, how edits are made, and who is meant; `users` are names, None for all devices of the store."""

    bundle: Bundle
    order: Order
    users: Sequence[str] | None = None


@dataclass(frozen=True)
class Row:
    """What became of one user.

    `old_before` and `old_after` are the scores of the old base without and with its old edit, None where there is none
    or nobody has measured them; `fresh` tells whether the unit was computed now or found in the store.
    """

    device: Device
    old_before: float | None
    old_after: float | None
    outcome: Recompilation
    fresh: bool

    @property
    def old_gain(self) -> float | None:
        """What the old edit was worth on its own base."""
        return _difference(self.old_after, self.old_before)

    @property
    def gain(self) -> float | None:
        """What the new edit is worth on the new base, None where there is none."""
        return _difference(self.outcome.after, self.outcome.before)

    @property
    def recovered(self) -> float | None:
        """The new gain as a share of the old one; None where the old edit gained nothing."""
        if self.gain is None or not self.old_gain or self.old_gain < 0:
            return None
        return self.gain / self.old_gain


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def recompile_all(store: Store, request: Request, engine: Engine, progress: Progress = silent) -> Iterator[Row]:
    """Bring every user to the new base; rows come as units are in the store.

    An interruption loses at most what was not recorded yet; started again, units that are in the store are not done
    again. One run at a time works on a store, until its last row was taken or its iterator is closed.

    Raises:
        StoreError: the store is busy, damaged, full, or knows no such user.
        RecompileError: workers die again and again.
    """
    with store.exclusive("recompile"):
        total = store.count(request.users)
        base = store.add_base(request.bundle)
        job = Job(request.bundle, base.id, request.order)
        progress("recompile", 0, total)
        for done, row in enumerate(_rows(store, job, request.users, engine), 1):
            progress("recompile", done, total)
            yield row


def _rows(store: Store, job: Job, users: Sequence[str] | None, engine: Engine) -> Iterator[Row]:
    """The engine starts with the first unit that is missing, and with none where all are there."""
    units = _units(store, job, users)
    for unit in units:
        if isinstance(unit, Work):
            yield from _computed(store, job, chain([unit], units), engine)
        else:
            yield unit


def _computed(store: Store, job: Job, units: Iterable[Row | Work], engine: Engine) -> Iterator[Row]:
    """Rows of `units` in the order in which they are known; few are held at any time."""
    found: list[Row] = []
    works: dict[int, Work] = {}
    with closing(engine.run(job, _handed_out(units, works, found))) as results:
        for outcomes in results:
            kept = store.record_many(outcomes)
            yield from _taken(found)
            for outcome in kept:
                yield _row(works.pop(outcome.device), outcome, fresh=True)
    yield from _taken(found)


def _handed_out(units: Iterable[Row | Work], works: dict[int, Work], found: list[Row]) -> Iterator[Chunk]:
    """Chunks of missing units, remembered in `works` until they are back; the others go to `found`."""
    chunk: list[Work] = []
    passed = 0
    for unit in units:
        if isinstance(unit, Work):
            works[unit.device.id] = unit
            chunk.append(unit)
        else:
            found.append(unit)
            passed += 1
        if len(chunk) == CHUNK or passed == _FOUND:
            yield chunk
            chunk, passed = [], 0
    if chunk:
        yield chunk


def _units(store: Store, job: Job, users: Sequence[str] | None) -> Iterator[Row | Work]:
    """For each user its row where the unit is in the store, and the unit where it is missing; a page is one reading."""
    devices = iter(store.devices(users))
    while page := list(islice(devices, CHUNK)):
        with store.reading() as connection:
            units = [_unit(store.shelf, connection, job, device) for device in page]
        yield from units


def _unit(shelf: Shelf, connection: Connection, job: Job, device: Device) -> Row | Work:
    old = ledger.current_edit(connection, device.id, job.number)
    work = Work(
        device,
        shelf.training(connection, device.id, job.order.examples),
        shelf.evaluation(connection, device.id),
        None if old is None else OldEdit(old.id, old.packed, old.before, old.after),
    )
    digest = work.digest(job.order, job.bundle.base)
    known = ledger.find(connection, device.id, job.number, job.order.method, digest)
    return work if known is None else _row(work, known, fresh=False)


def _row(work: Work, outcome: Recompilation, *, fresh: bool) -> Row:
    old = work.old
    return Row(work.device, old.before if old else None, old.after if old else None, outcome, fresh)


def _taken(found: list[Row]) -> list[Row]:
    taken, found[:] = found[:], []
    return taken
