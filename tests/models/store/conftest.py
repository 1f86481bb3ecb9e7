"""Stores for the tests: each test of behaviour runs on every engine that `ENGINES` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.store.store import Store, open_store
from tests.models.store.server import NoServerError, Server, running_server

ENGINES: dict[str, Callable[[pytest.FixtureRequest, Path], Any]] = {
    "sqlite": lambda _request, folder: str(folder / "store.db"),
    "postgresql": lambda request, _folder: request.getfixturevalue("postgres_url"),
}
"""How each engine gives the place of an empty store; it may ask for fixtures, and may skip."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real server; skips with the reason where there can be none."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: persona-mcu[postgres]")
    try:
        with running_server() as server:
            yield server
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres: Server) -> str:
    """The URL of an empty database."""
    return postgres.empty()


@pytest.fixture(params=tuple(ENGINES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made."""
    return str(ENGINES[request.param](request, tmp_path))


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """An empty store that is not encrypted."""
    with open_store(place, create=True) as opened:
        yield opened
