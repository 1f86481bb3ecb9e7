"""What must be true of one device of a store; each untruth is one finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Row, select

from models.store.errors import DamagedStoreError
from models.store.freezing import ORDER, rank_of
from models.store.records import Base, Device, Edit, Recompilation, Verdict
from models.store.schema import EvaluationMember, EvaluationSet, Example
from models.store.store import Store
from toolchain.edit import Edit as Parsed
from toolchain.errors import EditError
from toolchain.keys import device_key

_AT_ONCE: Final = 256


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in one line: with whom, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def examples_of(store: Store, device: Device) -> Iterator[Finding]:
    """Digests and ranks of all examples, the frozen set, and that no example is on both sides."""
    with store.reading() as connection:
        members = set(_members(connection, device))
        head = connection.execute(select(EvaluationSet).where(EvaluationSet.device == device.id)).one_or_none()
        shape = store.shelf.shape(connection, device.id)
        labels: dict[bytes, int] = {}
        free: set[bytes] = set()
        for row in _rows(connection, device):
            try:
                _, label = store.shelf.opened(row, shape, device.id)
            except DamagedStoreError as error:
                yield Finding(device.name, error.what)
                continue
            if row.rank != rank_of(store.shelf.salt, ORDER, row.digest):
                yield Finding(device.name, f"example {row.id} has another rank than its hash gives")
            if row.id in members:
                members.discard(row.id)
                labels[row.digest] = label
            else:
                free.add(row.digest)
        yield from _frozen(store, device, head, labels)
    if members:
        yield Finding(device.name, f"{len(members)} members of its frozen set are no whole examples of it")
    if free & set(labels):
        yield Finding(device.name, f"{len(free & set(labels))} examples are frozen and training material (leak)")


def _members(connection: Connection, device: Device) -> Iterable[int]:
    return connection.execute(select(EvaluationMember.example).where(EvaluationMember.device == device.id)).scalars()


def _rows(connection: Connection, device: Device) -> Iterator[Row[Any]]:
    query = select(Example).where(Example.device == device.id).order_by(Example.id)
    yield from connection.execution_options(yield_per=_AT_ONCE).execute(query)


def _frozen(store: Store, device: Device, head: Row[Any] | None, labels: dict[bytes, int]) -> Iterator[Finding]:
    if head is None:
        if labels:
            yield Finding(device.name, f"{len(labels)} examples are frozen, and no set says so")
        return
    if store.shelf.name_of(list(labels), np.array(list(labels.values()), np.int64)) != head.digest:
        yield Finding(device.name, f"its evaluation set of {len(labels)} examples is not what was frozen")


def history_of(store: Store, device: Device, fleet_key: bytes | None) -> Iterator[Finding]:
    """Edits and recompilations of one device, and what they say of one another."""
    bases = {base.id: base for base in store.bases()}
    edits = {edit.id: edit for edit in store.edits(device.id)}
    for edit in edits.values():
        for said in _edit(edit, bases.get(edit.base), device, fleet_key):
            yield Finding(device.name, f"edit {edit.id} {said}")
    for unit in store.recompilations(device.id):
        for said in _unit(unit, edits):
            yield Finding(device.name, f"recompilation {unit.id} {said}")


def _edit(edit: Edit, base: Base | None, device: Device, fleet_key: bytes | None) -> Iterator[str]:
    try:
        parsed = Parsed.parse(edit.packed)
    except EditError as error:
        yield f"is none: {error.what}"
        return
    if base is None or (parsed.base, parsed.layout) != (base.fingerprint, base.layout):
        yield "was made for another base"
    if parsed.signed != edit.signed:
        yield "is signed" if parsed.signed else "is not signed"
    key = None if fleet_key is None or device.hardware is None else device_key(fleet_key, device.hardware)
    if parsed.signed and key is not None and not parsed.authentic(key):
        yield "does not have the MAC of its device's key"
    yield from _scores(edit.before, edit.after)


def _unit(unit: Recompilation, edits: dict[int, Edit]) -> Iterator[str]:
    made = None if unit.edit is None else edits.get(unit.edit)
    if unit.edit is not None and (made is None or made.base != unit.base):
        yield "has an edit of another device or base"
    if unit.old_edit is not None and unit.old_edit not in edits:
        yield "replaces an edit of another device"
    if (unit.verdict is Verdict.IMPOSSIBLE) != (unit.edit is None):
        yield f"is called {unit.verdict.value}, which does not go with its edit"
    if made is not None and made.accepted != (unit.verdict is Verdict.ACCEPTED):
        yield f"is called {unit.verdict.value}, and its edit says something else"
    yield from _scores(unit.before, unit.after, unit.reference)


def _scores(*scores: float | None) -> Iterator[str]:
    bad = [score for score in scores if score is not None and not 0 <= score <= 1]
    if bad:
        yield f"has a score outside 0 to 1: {bad[0]}"
