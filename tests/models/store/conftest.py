"""Stores for the tests: each test of behaviour runs on every engine that `ENGINES` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.store.store import Store, open_store
from tests.models.store.postgres import Server, server

ENGINES: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "sqlite": lambda _request, folder: str(folder / "store.db"),
    "postgresql": lambda request, _folder: request.getfixturevalue("postgres_server").database(),
}
"""How each engine gives the place of an empty store; it may ask for fixtures, and may skip."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests; each asks it for a database of its own."""
    with server() as running:
        yield running


@pytest.fixture(params=tuple(ENGINES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made."""
    return ENGINES[request.param](request, tmp_path)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """An empty store that is not encrypted."""
    with open_store(place, create=True) as opened:
        yield opened
