"""Devices and their frozen sets as one file, in Parquet or npz by its suffix; and the history beside it.

A row is one example: `device`, `hardware` (16 hexadecimal digits, or nothing), `x`, `y`, and `evaluation` where it is
frozen. In Parquet `x` is a flat list of float32 beside its `shape`, and the rows of a device stand together; npz holds
`x` [n, *shape] as one array, and so devices of one shape. `FILE.history.jsonl` has bases, edits (their bytes in
hexadecimal), recompilations and deployments, a line each: a record to be read, which no import takes.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.store.errors import StoreError
from models.store.filed import FORMATS, Block, Format
from models.store.records import Device
from models.store.shelf import Added
from models.store.store import Store
from models.store.translate import translated
from toolchain.progress import Progress, silent

HISTORY: Final = ".history.jsonl"


@dataclass(frozen=True)
class Exported:
    """What was written."""

    devices: int
    examples: int
    history: Path


def export_store(store: Store, path: Path, progress: Progress = silent) -> Exported:
    """Write all devices to `path` and their history beside it; each file appears whole or not at all.

    Raises:
        StoreError: another suffix, devices that this format cannot hold, nothing to write, or no room.
    """
    write = _format(path).write
    counts: list[int] = []
    total = store.count()
    if not total:
        raise StoreError("the store holds no device", remedy="add examples: persona store add DATA")
    history = path.with_name(path.name + HISTORY)
    with _appearing(history) as beside, beside.open("w", encoding="utf-8") as file:
        for line in _history(store):
            file.write(json.dumps(line, default=_plain) + "\n")
    with _appearing(path) as beside:
        write(beside, _counted(_blocks(store), counts, progress, total))
    return Exported(len(counts), sum(counts), history)


def import_file(store: Store, path: Path, progress: Progress = silent) -> Iterator[tuple[str, Added]]:
    """Add the devices of a file, each whole or not at all, with the frozen sets that the file tells.

    Raises:
        StoreError: a file that is none of ours, or examples that contradict what is stored.
        LeakError: an example would be frozen and training material.
    """
    for done, block in enumerate(read_blocks(path)):
        progress("import", done, 0)
        chosen = None if block.evaluation is None or not block.evaluation.any() else block.evaluation
        yield (
            block.device,
            store.add_examples(block.device, block.windows, block.labels, hardware=block.hardware, evaluation=chosen),
        )


def read_blocks(path: Path, device: str | None = None) -> Iterator[Block]:
    """The devices of a file, one after the other; `device` names that of a file which names none.

    Raises:
        StoreError: it cannot be read.
    """
    seen: set[str] = set()
    for block in _format(path).read(path, device):
        if block.device in seen:
            raise StoreError(
                f"the rows of {block.device} do not stand together in {path}",
                expected="all rows of a device one after the other",
                received="rows of another device between them",
                remedy="sort the file by device",
            )
        seen.add(block.device)
        yield block


def _format(path: Path) -> Format:
    known = FORMATS.get(path.suffix)
    if known is None:
        raise StoreError(
            f"{path} has no suffix of a format", expected=" or ".join(FORMATS), received=path.suffix or "none"
        )
    return known


def _blocks(store: Store) -> Iterator[Block]:
    for device in store.devices():
        training, evaluation = store.training(device.id), store.evaluation(device.id)
        parts = [training] if evaluation is None else [training, evaluation.examples]
        frozen = np.arange(sum(map(len, parts))) >= len(training)
        windows = np.concatenate([part.windows for part in parts])
        yield Block(device.name, device.hardware, windows, np.concatenate([part.labels for part in parts]), frozen)


def _counted(blocks: Iterable[Block], counts: list[int], progress: Progress, total: int) -> Iterator[Block]:
    for block in blocks:
        counts.append(len(block.labels))
        progress("export", len(counts), total)
        yield block


def _history(store: Store) -> Iterator[dict[str, Any]]:
    yield {"kind": "store", "format": 1}
    bases = {base.id: base for base in store.bases()}
    for base in bases.values():
        yield {"kind": "base", **_fields(base)}
    for device in store.devices():
        yield from _of_device(store, device)


def _of_device(store: Store, device: Device) -> Iterator[dict[str, Any]]:
    for kind, rows in (("edit", store.edits(device.id)), ("recompilation", store.recompilations(device.id))):
        for row in rows:
            yield {"kind": kind, **_fields(row), "device": device.name}
    for sent in store.deployments(device.id):
        yield {"kind": "deployment", "device": device.name, **sent}


def _fields(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A path beside `path`, which takes its place at the end of the block; after an error nothing has changed."""
    with translated(str(path)):
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
        os.close(number)
        beside = Path(name)
        try:
            yield beside
            umask = os.umask(0)
            os.umask(umask)
            beside.chmod(0o666 & ~umask)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
