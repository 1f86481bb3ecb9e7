"""Take every row of a device out of every table: what forgetting does inside one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, delete, func, insert, select, update

from models.store.guards import KEPT
from models.store.schema import Device, Edit, Forgetting, Table

TABLES: Final = (*KEPT, Device.__tablename__)
"""All tables with rows of a device, each before what it refers to."""


def ask(connection: Connection, device: int, now: datetime) -> None:
    """The tombstone: from now on the device's rows may be deleted, and whoever opens the store does it."""
    if connection.execute(select(Forgetting).where(Forgetting.device == device)).one_or_none() is None:
        connection.execute(insert(Forgetting), {"device": device, "asked_at": now, "done_at": None, "rows": 0})


def asked(connection: Connection) -> list[int]:
    """Numbers of the devices whose forgetting is not done."""
    return list(connection.execute(select(Forgetting.device).where(Forgetting.done_at.is_(None))).scalars())


def remove(connection: Connection, device: int) -> dict[str, int]:
    """Delete all rows of a device that is to be forgotten; how many there were, by table."""
    gone = {}
    for name in TABLES:
        table = Table.metadata.tables[name]
        gone[name] = connection.execute(delete(table).where(_belongs(table, device))).rowcount
    connection.execute(
        update(Forgetting).where(Forgetting.device == device).values(rows=Forgetting.rows + sum(gone.values()))
    )
    return gone


def remaining(connection: Connection, device: int) -> dict[str, int]:
    """How many rows of a device there are, by table; of deployments those of no edit that is there count as well."""
    return {name: _count(connection, Table.metadata.tables[name], device) for name in TABLES}


def done(connection: Connection, device: int, now: datetime) -> None:
    """Nothing is left: the tombstone says when, and allows no deletion any more."""
    connection.execute(update(Forgetting).where(Forgetting.device == device).values(done_at=now))


def _count(connection: Connection, table: FromClause, device: int) -> int:
    whose = _belongs(table, device)
    if "edit" in table.c and "device" not in table.c:
        whose = whose | table.c.edit.not_in(select(Edit.id))
    return int(connection.execute(select(func.count()).select_from(table).where(whose)).scalar_one())


def _belongs(table: Any, device: int) -> ColumnElement[bool]:
    if table.name == Device.__tablename__:
        return table.c.id == device  # type: ignore[no-any-return]
    if "device" in table.c:
        return table.c.device == device  # type: ignore[no-any-return]
    return table.c.edit.in_(select(Edit.id).where(Edit.device == device))  # type: ignore[no-any-return]
