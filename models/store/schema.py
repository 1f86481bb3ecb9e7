"""The tables. `migrations/` makes them, and the triggers that keep what is frozen; both are held together by a test."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

BIG: Final = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is plainly INTEGER; its integers have 64 bits anyway."""


class Utc(TypeDecorator[datetime]):
    """Points in time, in UTC on either side of a database that may not know of zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To naive UTC."""
        del dialect
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From naive UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=timezone.utc)


class Table(DeclarativeBase):
    """Root of the tables."""


class Meta(Table):
    """What the store is: salt of its choices, and what an encrypted store knows its key by."""

    __tablename__ = "meta"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class Device(Table):
    """One device and its user; `shape` is that of its windows."""

    __tablename__ = "devices"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # SQLAlchemy's own name; a number is never given twice
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    hardware: Mapped[bytes | None] = mapped_column(LargeBinary)
    shape: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Utc)


class Base(Table):
    """A base that edits are made for: what is frozen, under one layout with its clips."""

    __tablename__ = "bases"
    __table_args__ = (UniqueConstraint("fingerprint", "layout"),)
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    layout: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Text)
    shapes: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Utc)


class Example(Table):
    """A window and its label in `content`; `rank` is where a hash puts it among those of its device."""

    __tablename__ = "examples"
    __table_args__ = (UniqueConstraint("device", "digest"), Index("examples_by_rank", "device", "rank"))
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    device: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    rank: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Utc)


class EvaluationSet(Table):
    """The frozen set of one device, written behind its members: then it takes no other. `rule` says who chose."""

    __tablename__ = "evaluation_sets"
    device: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    rule: Mapped[str] = mapped_column(Text)
    frozen_at: Mapped[datetime] = mapped_column(Utc)


class EvaluationMember(Table):
    """One example of the frozen set of `device`."""

    __tablename__ = "evaluation_members"
    example: Mapped[int] = mapped_column(ForeignKey("examples.id"), primary_key=True, autoincrement=False)
    device: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)


class Edit(Table):
    """An edit as it was made; nothing of it ever changes."""

    __tablename__ = "edits"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    device: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    base: Mapped[int] = mapped_column(ForeignKey("bases.id"))
    method: Mapped[str] = mapped_column(String(32))
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    signed: Mapped[bool]
    before: Mapped[float | None]
    after: Mapped[float | None]
    accepted: Mapped[bool]
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Utc)


class Recompilation(Table):
    """A unit of work that is done: once for each device, base, method and data."""

    __tablename__ = "recompilations"
    __table_args__ = (UniqueConstraint("device", "base", "method", "data"),)
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    device: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    base: Mapped[int] = mapped_column(ForeignKey("bases.id"))
    method: Mapped[str] = mapped_column(String(32))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    examples: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    edit: Mapped[int | None] = mapped_column(ForeignKey("edits.id"))
    old_edit: Mapped[int | None] = mapped_column(ForeignKey("edits.id"))
    transport: Mapped[str | None] = mapped_column(Text)
    before: Mapped[float | None]
    after: Mapped[float | None]
    reference: Mapped[float | None]
    seconds: Mapped[float]
    made_at: Mapped[datetime] = mapped_column(Utc)


class Deployment(Table):
    """An edit that was sent to a device."""

    __tablename__ = "deployments"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    edit: Mapped[int] = mapped_column(ForeignKey("edits.id"), index=True)
    port: Mapped[str] = mapped_column(Text)
    hardware: Mapped[bytes] = mapped_column(LargeBinary)
    counter: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed: Mapped[bool]
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Utc)


class Forgetting(Table):
    """A device that is to be forgotten, and then is: the number that its rows had, and nothing that names anybody."""

    __tablename__ = "forgettings"
    device: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime] = mapped_column(Utc)
    done_at: Mapped[datetime | None] = mapped_column(Utc)
    rows: Mapped[int]
