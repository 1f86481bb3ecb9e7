"""Bases, edits, units of work and deployments of one store: only ever added to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from models.store.errors import StoreError
from models.store.records import Base, Edit, NewRecompilation, Recompilation, Verdict
from models.store.schema import Base as BaseTable
from models.store.schema import Deployment as DeploymentTable
from models.store.schema import Edit as EditTable
from models.store.schema import Recompilation as RecompilationTable
from toolchain.bundle import SEAL, Bundle
from toolchain.edit import Edit as Parsed

IMPORTED: Final = "imported"


@dataclass(frozen=True)
class Stamp:
    """Who writes, and when."""

    who: str
    at: datetime


def add_base(connection: Connection, bundle: Bundle, at: datetime) -> Base:
    """The base of `bundle`, added unless it is there."""
    found = base_of(connection, bundle.base, bundle.layout.fingerprint)
    if found is not None:
        return found
    row = {
        "fingerprint": bundle.base,
        "layout": bundle.layout.fingerprint,
        "name": bundle.name,
        "shapes": ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in bundle.layout.tensors),
        "location": str(bundle.path.absolute()),
        "seal": hashlib.sha256((bundle.path / SEAL.index).read_bytes()).digest(),
        "made_at": at,
    }
    return _base(connection.execute(insert(BaseTable).returning(BaseTable), row).one())


def base_of(connection: Connection, fingerprint: bytes, layout: bytes) -> Base | None:
    """The base with these fingerprints."""
    query = select(BaseTable).where(BaseTable.fingerprint == fingerprint, BaseTable.layout == layout)
    row = connection.execute(query).one_or_none()
    return None if row is None else _base(row)


def bases(connection: Connection) -> list[Base]:
    """All bases, the newest last."""
    return [_base(row) for row in connection.execute(select(BaseTable).order_by(BaseTable.id))]


def record(connection: Connection, outcomes: Iterable[NewRecompilation], stamp: Stamp) -> list[Recompilation]:
    """Keep what became of units, each with its edit; a unit that is there already stays as it is."""
    kept = []
    for outcome in outcomes:
        found = find(connection, outcome.device, outcome.base, outcome.method, outcome.data)
        kept.append(found or _record(connection, outcome, stamp))
    return kept


def _record(connection: Connection, outcome: NewRecompilation, stamp: Stamp) -> Recompilation:
    made = outcome.edit
    number = None
    if made is not None:
        row = {
            "device": outcome.device,
            "base": outcome.base,
            "method": outcome.method,
            **asdict(made),
            "accepted": outcome.verdict is Verdict.ACCEPTED,
            "made_by": stamp.who,
            "made_at": stamp.at,
        }
        number = connection.execute(insert(EditTable).returning(EditTable.id), row).scalar_one()
    unit = {
        **asdict(outcome),
        "verdict": outcome.verdict.value,
        "edit": number,
        "before": None if made is None else made.before,
        "after": None if made is None else made.after,
        "made_at": stamp.at,
    }
    return _recompilation(connection.execute(insert(RecompilationTable).returning(RecompilationTable), unit).one())


def find(connection: Connection, device: int, base: int, method: str, data: bytes) -> Recompilation | None:
    """The unit, if it was done."""
    table = RecompilationTable
    query = select(table).where(table.device == device, table.base == base, table.method == method, table.data == data)
    row = connection.execute(query).one_or_none()
    return None if row is None else _recompilation(row)


def recompilations(connection: Connection, device: int) -> list[Recompilation]:
    """What became of one device on every base, in the order it happened."""
    table = RecompilationTable
    rows = connection.execute(select(table).where(table.device == device).order_by(table.id))
    return [_recompilation(row) for row in rows]


def edits(connection: Connection, device: int) -> list[Edit]:
    """Every edit of a device, in the order they were made."""
    rows = connection.execute(select(EditTable).where(EditTable.device == device).order_by(EditTable.id))
    return [_edit(row) for row in rows]


def current_edit(connection: Connection, device: int, not_base: int | None) -> Edit | None:
    """The newest accepted edit of a device that is not for the base `not_base`."""
    query = select(EditTable).where(EditTable.device == device, EditTable.accepted)
    if not_base is not None:
        query = query.where(EditTable.base != not_base)
    row = connection.execute(query.order_by(EditTable.id.desc()).limit(1)).one_or_none()
    return None if row is None else _edit(row)


@dataclass(frozen=True)
class Brought:
    """An edit that somebody brings: `scores` on the frozen set without and with it, where they were measured."""

    device: int
    base: int
    packed: bytes
    scores: tuple[float, float] | None = None


def add_edit(connection: Connection, brought: Brought, stamp: Stamp) -> Edit:
    """Keep it, accepted: somebody runs it. What is the newest for its base already, with these scores, stays.

    Raises:
        EditError: it is no edit.
        StoreError: it was made for another base.
    """
    parsed = Parsed.parse(brought.packed)
    known = connection.execute(select(BaseTable).where(BaseTable.id == brought.base)).one()
    if (parsed.base, parsed.layout) != (known.fingerprint, known.layout):
        raise StoreError(
            "the edit was made for another base",
            expected=f"base {known.fingerprint.hex()}, layout {known.layout.hex()}",
            received=f"base {parsed.base.hex()}, layout {parsed.layout.hex()}",
            remedy="name the bundle that it was made for",
        )
    before, after = brought.scores or (None, None)
    newest = _newest(connection, brought.device, brought.base)
    if newest is not None and (newest.packed, newest.before, newest.after) == (brought.packed, before, after):
        return newest
    row: dict[str, Any] = {
        "device": brought.device,
        "base": brought.base,
        "method": IMPORTED,
        "packed": brought.packed,
        "signed": parsed.signed,
        "before": before,
        "after": after,
        "accepted": True,
        "made_by": stamp.who,
        "made_at": stamp.at,
    }
    return _edit(connection.execute(insert(EditTable).returning(EditTable), row).one())


def _newest(connection: Connection, device: int, base: int) -> Edit | None:
    """The newest accepted edit of a device for one base."""
    query = select(EditTable).where(EditTable.device == device, EditTable.base == base, EditTable.accepted)
    row = connection.execute(query.order_by(EditTable.id.desc()).limit(1)).one_or_none()
    return None if row is None else _edit(row)


def deploy(connection: Connection, edit: int, sent: dict[str, Any], stamp: Stamp) -> None:
    """Keep that an edit was sent: `sent` has port, hardware, counter, digest, confirmed."""
    connection.execute(insert(DeploymentTable), {"edit": edit, **sent, "made_by": stamp.who, "made_at": stamp.at})


def deployments(connection: Connection, device: int) -> list[dict[str, Any]]:
    """Every deployment of a device's edits."""
    query = select(DeploymentTable).join(EditTable, EditTable.id == DeploymentTable.edit)
    rows = connection.execute(query.where(EditTable.device == device).order_by(DeploymentTable.id))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name for it


def _base(row: Any) -> Base:
    return Base(row.id, row.name, row.fingerprint, row.layout, row.shapes, row.location, row.seal)


def _edit(row: Any) -> Edit:
    return Edit(
        row.id,
        row.device,
        row.base,
        row.method,
        row.packed,
        row.signed,
        row.before,
        row.after,
        row.accepted,
        row.made_by,
        row.made_at,
    )


def _recompilation(row: Any) -> Recompilation:
    known = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    return Recompilation(**{**known, "verdict": Verdict(known["verdict"])})
