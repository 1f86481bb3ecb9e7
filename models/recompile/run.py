"""All users of a store on a new base: from the store to an engine and back, chunk by chunk, each unit once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from models.recompile.engines.engine import Chunk, Engine, Job
from models.recompile.order import OldEdit, Order, Work
from models.store.records import Device, Material, Recompilation
from models.store.store import Store
from toolchain.bundle import Bundle
from toolchain.progress import Progress, silent

CHUNK: Final = 16
"""Users that go to a worker and into a transaction together: what a crash can cost."""


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
    again. One run at a time works on a store.

    Raises:
        StoreError: the store is busy, damaged, full, or knows no such user.
        RecompileError: workers die again and again.
    """
    with store.exclusive("recompile"):
        base = store.add_base(request.bundle)
        total, done = store.count(request.users), 0
        job = Job(request.bundle, base.id, request.order)
        found: list[Row] = []
        missing = _missing(store, job, request.users, found)
        works: dict[int, Work] = {}
        progress("recompile", 0, total)
        for outcomes in engine.run(job, _handed_out(missing, works)):
            kept = store.record_many(outcomes)
            rows = [_row(works.pop(outcome.device), outcome, fresh=True) for outcome in kept]
            for row in (*_taken(found), *rows):
                done += 1
                progress("recompile", done, total)
                yield row
        for row in _taken(found):
            done += 1
            progress("recompile", done, total)
            yield row


def _handed_out(missing: Iterator[Work], works: dict[int, Work]) -> Iterator[Chunk]:
    """Chunks of work; what was handed out is remembered until it is back."""
    while chunk := list(islice(missing, CHUNK)):
        works.update({work.device.id: work for work in chunk})
        yield chunk


def _missing(store: Store, job: Job, users: Sequence[str] | None, found: list[Row]) -> Iterator[Work]:
    """The units that are not in the store yet; those that are go to `found`."""
    devices, order = iter(store.devices(users)), job.order
    while page := list(islice(devices, CHUNK)):
        works = [_work(material) for material in store.materials(page, order.examples, job.number)]
        units = [(w.device.id, job.number, order.method, w.digest(order, job.bundle.base)) for w in works]
        for work, known in zip(works, store.find_many(units), strict=True):
            if known is None:
                yield work
            else:
                found.append(_row(work, known, fresh=False))


def _work(material: Material) -> Work:
    edit = material.edit
    old = None if edit is None else OldEdit(edit.id, edit.packed, edit.before, edit.after)
    return Work(material.device, material.training, material.evaluation, old)


def _row(work: Work, outcome: Recompilation, *, fresh: bool) -> Row:
    old = work.old
    return Row(work.device, old.before if old else None, old.after if old else None, outcome, fresh)


def _taken(found: list[Row]) -> list[Row]:
    taken, found[:] = found[:], []
    return taken
