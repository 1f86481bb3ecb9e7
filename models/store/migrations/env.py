"""How Alembic runs here: always on a connection that `models.store.migrate` brings, inside its transaction."""

from __future__ import annotations

from alembic import context

from models.store.schema import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
