"""Bring a store's tables to this version, in one transaction: either all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models.store.errors import StoreError

_FOLDER: Final = Path(__file__).with_name("migrations")


def present(connection: Connection) -> str | None:
    """The revision of the tables that are there; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Upgrade to `revision` within the transaction of `connection`.

    Raises:
        StoreError: the tables are those of a newer version.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = present(connection)
    if found is not None and found not in known:
        raise StoreError(
            "the store was written by a newer version",
            expected=f"one of the revisions {', '.join(sorted(known))}",
            received=f"revision {found}",
            remedy="use the version that wrote it, or a newer one",
        )
    command.upgrade(config, revision)
