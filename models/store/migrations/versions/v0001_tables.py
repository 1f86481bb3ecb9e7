"""The tables of the first version, and the triggers that keep what is frozen."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

_BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_GONE: Final = "SELECT 1 FROM forgettings WHERE forgettings.device = {device} AND forgettings.done_at IS NULL"
_OF_EDIT: Final = "(SELECT edits.device FROM edits WHERE edits.id = OLD.edit)"
_OWNERS: Final = {
    "examples": "OLD.device",
    "evaluation_members": "OLD.device",
    "evaluation_sets": "OLD.device",
    "edits": "OLD.device",
    "recompilations": "OLD.device",
    "deployments": _OF_EDIT,
}
"""What is never changed, and deleted only with the whole device: where each row's device is found."""

_KEYS: Final = {
    "examples": ("id = NEW.id", "device = NEW.device AND digest = NEW.digest"),
    "evaluation_members": ("example = NEW.example",),
    "evaluation_sets": ("device = NEW.device",),
    "edits": ("id = NEW.id",),
    "recompilations": (
        "id = NEW.id",
        "device = NEW.device AND base = NEW.base AND method = NEW.method AND data = NEW.data",
    ),
    "deployments": ("id = NEW.id",),
}
"""What is unique: SQLite's REPLACE deletes a row that stands in its way without asking the trigger of DELETE."""


def upgrade() -> None:
    """From nothing."""
    for make in (
        _bases,
        _devices,
        _forgettings,
        _meta,
        _edits,
        _evaluation_sets,
        _examples,
        _deployments,
        _evaluation_members,
        _recompilations,
    ):
        make()
    for table, owner in _OWNERS.items():
        _keep(table, owner)
    _keep_sets_whole()


def _keep(table: str, owner: str) -> None:
    """The database itself refuses UPDATE, and DELETE unless the device is being forgotten."""
    said = f"{table}: what is stored does not change"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"WHEN NOT EXISTS ({_GONE.format(device=owner)}) BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {key})" for key in _KEYS[table])  # noqa: S608  # our own names
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN {there} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_keep() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF EXISTS ({_GONE.format(device=owner)}) THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{said}'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keep()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep()"
    )


def _keep_sets_whole() -> None:
    """A frozen set takes no further member: its own row, written behind them, closes it."""
    closed = "SELECT 1 FROM evaluation_sets WHERE evaluation_sets.device = NEW.device"
    said = "evaluation_members: a frozen set takes no further example"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER evaluation_members_closed BEFORE INSERT ON evaluation_members "
            f"WHEN EXISTS ({closed}) BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION evaluation_members_closed() RETURNS trigger AS $$ BEGIN IF EXISTS ({closed}) THEN "
        f"RAISE EXCEPTION '{said}'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        "CREATE TRIGGER evaluation_members_closed BEFORE INSERT ON evaluation_members "
        "FOR EACH ROW EXECUTE FUNCTION evaluation_members_closed()"
    )


def _bases() -> None:
    op.create_table(
        "bases",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("layout", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shapes", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint", "layout"),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hardware", sa.LargeBinary(), nullable=True),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )


def _forgettings() -> None:
    op.create_table(
        "forgettings",
        sa.Column("device", _BIG, autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _edits() -> None:
    op.create_table(
        "edits",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("device", _BIG, nullable=False),
        sa.Column("base", _BIG, nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["base"], ["bases.id"]),
        sa.ForeignKeyConstraint(["device"], ["devices.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_edits_device", "edits", ["device"], unique=False)


def _evaluation_sets() -> None:
    op.create_table(
        "evaluation_sets",
        sa.Column("device", _BIG, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"]),
        sa.PrimaryKeyConstraint("device"),
    )


def _examples() -> None:
    op.create_table(
        "examples",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("device", _BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("device", "digest"),
    )
    op.create_index("examples_by_rank", "examples", ["device", "rank"], unique=False)


def _deployments() -> None:
    op.create_table(
        "deployments",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("edit", _BIG, nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("hardware", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["edit"], ["edits.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deployments_edit", "deployments", ["edit"], unique=False)


def _evaluation_members() -> None:
    op.create_table(
        "evaluation_members",
        sa.Column("example", _BIG, autoincrement=False, nullable=False),
        sa.Column("device", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"]),
        sa.ForeignKeyConstraint(["example"], ["examples.id"]),
        sa.PrimaryKeyConstraint("example"),
    )
    op.create_index("ix_evaluation_members_device", "evaluation_members", ["device"], unique=False)


def _recompilations() -> None:
    op.create_table(
        "recompilations",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("device", _BIG, nullable=False),
        sa.Column("base", _BIG, nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("edit", _BIG, nullable=True),
        sa.Column("old_edit", _BIG, nullable=True),
        sa.Column("transport", sa.Text(), nullable=True),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=True),
        sa.Column("reference", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["base"], ["bases.id"]),
        sa.ForeignKeyConstraint(["device"], ["devices.id"]),
        sa.ForeignKeyConstraint(["edit"], ["edits.id"]),
        sa.ForeignKeyConstraint(["old_edit"], ["edits.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("device", "base", "method", "data"),
    )
