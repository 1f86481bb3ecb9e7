"""The triggers that a store has: what they forbid, no program of ours has to promise."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

KEPT: Final = ("deployments", "recompilations", "evaluation_members", "evaluation_sets", "examples", "edits")
"""The tables whose rows never change; in this order they can be deleted, each before what it refers to."""

_CLOSED: Final = "evaluation_members_closed"
_SUFFIXES: Final = {"sqlite": ("no_update", "no_delete", "no_replace"), "postgresql": ("keep", "keep_all")}
_QUERIES: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


def missing_guards(connection: Connection) -> list[str]:
    """Names of triggers that somebody has taken away."""
    engine = connection.dialect.name
    expected = {f"{table}_{suffix}" for table in KEPT for suffix in _SUFFIXES[engine]} | {_CLOSED}
    return sorted(expected - set(connection.execute(text(_QUERIES[engine])).scalars()))
