"""What would tell that something of a device is still in the file, and the search for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, String, func, select

from models.store.needles import found_in, pieces, unexplained
from models.store.schema import Device, Edit, EvaluationSet, Example, Recompilation, Table

SHORTEST_NAME: Final = 5
"""Bytes of a name that is searched for: a shorter one is found by chance in any file."""
_AT_ONCE: Final = 256


@dataclass(frozen=True)
class Traces:
    """`name` of a device, and `needles`: digests and pieces of its examples, edits and units, as they were stored.

    `shared` counts the windows that another device has too: they stay, and are no needles.
    """

    name: str
    needles: frozenset[bytes] = frozenset()
    shared: int = 0


@dataclass(frozen=True)
class Search:
    """What was sought in how many bytes: `searched` needles, `found` ones, and `shared` ones that other rows hold."""

    bytes: int
    searched: int
    found: int
    shared: int


def traces_of(connection: Connection, name: str) -> Traces:
    """The traces of a device, taken before it is forgotten."""
    device = select(Device.id).where(Device.name == name).scalar_subquery()
    needles: set[bytes] = set()
    shared = 0
    for digest, content, twice in _examples(connection, device):
        if twice:
            shared += 1
        else:
            needles |= {digest} | pieces(content)
    for column in (Edit.packed, Recompilation.data, EvaluationSet.digest):
        for value in connection.execute(select(column).where(column.class_.device == device)).scalars():
            needles |= pieces(value)
    return Traces(name, frozenset(needles), shared)


def _examples(connection: Connection, device: Any) -> Iterator[tuple[bytes, bytes, bool]]:
    """Digest, content, and whether another device has the window too."""
    other = select(Example.digest).where(Example.device != device)
    query = select(Example.digest, Example.content, Example.digest.in_(other)).where(Example.device == device)
    for digest, content, twice in connection.execution_options(yield_per=_AT_ONCE).execute(query):
        yield digest, content, bool(twice)


def search(connection: Connection, traces: Traces, files: list[Path]) -> Search:
    """Look for all traces in the files; what a row of somebody else explains is told apart."""
    left = [path for path in files if path.is_file()]
    hits = {needle for path in left for needle in found_in(path, traces.needles)}
    shared = {needle for needle in hits if _is_held(connection, needle)}
    word = traces.name.encode()
    named = len(word) >= SHORTEST_NAME
    others = set(_texts_with(connection, traces.name)) if named else set()
    stray = sum(unexplained(path, word, others) for path in left) if named else 0
    return Search(
        bytes=sum(path.stat().st_size for path in left),
        searched=len(traces.needles) + named,
        found=len(hits - shared) + bool(stray),
        shared=traces.shared + len(shared) + bool(others),
    )


def _columns(kind: Any) -> Iterator[Any]:
    for table in Table.metadata.sorted_tables:
        yield from (column for column in table.c if isinstance(column.type, kind))


def _is_held(connection: Connection, needle: bytes) -> bool:
    """Whether a row of the store holds these bytes: then they are somebody else's as well."""
    held = (select(column).where(func.instr(column, needle) > 0).limit(1) for column in _columns(LargeBinary))
    return any(connection.execute(query).first() is not None for query in held)


def _texts_with(connection: Connection, name: str) -> Iterator[bytes]:
    """Every text of the store of which the name is a part."""
    for column in _columns(String):
        for value in connection.execute(select(column).where(func.instr(column, name) > 0).distinct()).scalars():
            yield value.encode()
