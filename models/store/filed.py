"""Examples as files: how rows of devices are written and read, without a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.datasets.arrays import read_arrays
from models.store.errors import StoreError

_COLUMNS: Final = ("x", "y", "evaluation", "hardware")
_ROWS: Final = 4096
"""Rows of a row group: what reading holds in memory beside one device."""


@dataclass(frozen=True, eq=False)
class Block:
    """The examples of one device: windows float32 [n, *shape], labels int64 [n]; evaluation bool [n] where told."""

    device: str
    hardware: bytes | None
    windows: npt.NDArray[Any]
    labels: npt.NDArray[Any]
    evaluation: npt.NDArray[np.bool_] | None


def write_npz(path: Path, blocks: Iterable[Block]) -> None:
    """All devices as arrays; they are in memory together.

    Raises:
        StoreError: windows of different shapes.
    """
    every = list(blocks)
    shapes = {block.windows.shape[1:] for block in every}
    if len(shapes) > 1:
        raise StoreError(
            "windows of different shapes do not go into one array",
            expected="one shape",
            received=", ".join(map(str, sorted(shapes)[:3])),
            remedy="write .parquet",
        )
    counts = [len(block.labels) for block in every]
    arrays = {
        "x": np.concatenate([block.windows for block in every]),
        "y": np.concatenate([block.labels for block in every]),
        "device": np.repeat([block.device for block in every], counts),
        "evaluation": np.concatenate([_flags(block) for block in every]),
        "hardware": np.repeat([_hex(block.hardware) for block in every], counts),
    }
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_npz(path: Path, device: str | None) -> Iterator[Block]:
    """`x`, `y` and `device`; `evaluation` and `hardware` where they are. `device` names all where the file does not."""
    arrays = read_arrays(path, ("x", "y") if device else ("x", "y", "device"))
    names = np.full(len(arrays["y"]), device) if device else arrays["device"].astype(str)
    _require_rows(path, arrays, names)
    hardware = arrays.get("hardware", np.full(len(names), ""))
    flags = arrays.get("evaluation")
    for name in dict.fromkeys(names.tolist()):
        own = names == name
        evaluation = None if flags is None else flags[own].astype(np.bool_)
        first = str(hardware[own][0])
        yield Block(name, _bytes(path, first), arrays["x"][own], arrays["y"][own], evaluation)


def _require_rows(path: Path, arrays: dict[str, npt.NDArray[Any]], names: npt.NDArray[Any]) -> None:
    columns = {name: array for name, array in arrays.items() if name in _COLUMNS}
    columns["device"] = names
    if any(array.shape[:1] != arrays["y"].shape for array in columns.values()):
        raise StoreError(
            f"the arrays of {path} do not fit together",
            expected="x [n, ...], y [n], device [n]",
            received=", ".join(f"{name} {list(array.shape)}" for name, array in columns.items()),
        )


def write_parquet(path: Path, blocks: Iterable[Block]) -> None:
    """Device after device, in row groups: memory holds one of them and one device."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema(
        {
            "device": pa.string(),
            "hardware": pa.string(),
            "shape": pa.list_(pa.int32()),
            "x": pa.list_(pa.float32()),
            "y": pa.int64(),
            "evaluation": pa.bool_(),
        }
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        waiting: list[Any] = []
        for block in blocks:
            waiting.append(_table(block, schema))
            if sum(table.num_rows for table in waiting) >= _ROWS:
                writer.write_table(pa.concat_tables(waiting), row_group_size=_ROWS)
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting), row_group_size=_ROWS)


def _table(block: Block, schema: Any) -> Any:
    import pyarrow as pa

    count, flat = len(block.labels), block.windows.reshape(len(block.labels), -1)
    ends = np.arange(count + 1, dtype=np.int32) * flat.shape[1]
    columns = {
        "device": pa.array([block.device] * count, pa.string()),
        "hardware": pa.array([_hex(block.hardware) or None] * count, pa.string()),
        "shape": pa.array([list(block.windows.shape[1:])] * count, pa.list_(pa.int32())),
        "x": pa.ListArray.from_arrays(pa.array(ends), pa.array(flat.ravel())),
        "y": pa.array(block.labels),
        "evaluation": pa.array(_flags(block)),
    }
    return pa.table(columns, schema=schema)


def read_parquet(path: Path, device: str | None) -> Iterator[Block]:
    """Device after device; memory holds one row group and one device.

    Raises:
        StoreError: no Parquet, or other columns.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches(_ROWS) for row in batch.to_pylist())
            yield from _grouped(path, rows, device)
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"{path} holds no examples",
            expected="Parquet with the columns device, x (a list) and y; shape, evaluation and hardware if need be",
            received=f"{type(error).__name__}: {error}",
            remedy="write it with persona store export, or see docs/store.md",
        ) from error


def _grouped(path: Path, rows: Iterable[dict[str, Any]], device: str | None) -> Iterator[Block]:
    from itertools import groupby

    for name, several in groupby(rows, key=lambda row: device or str(row["device"])):
        own = list(several)
        windows = np.array([row["x"] for row in own], np.float32)
        shape = own[0].get("shape") or windows.shape[1:]
        told = [row.get("evaluation") for row in own]
        yield Block(
            name,
            _bytes(path, own[0].get("hardware") or ""),
            windows.reshape(len(own), *shape),
            np.array([row["y"] for row in own], np.int64),
            None if None in told else np.array(told, np.bool_),
        )


def _flags(block: Block) -> npt.NDArray[np.bool_]:
    return np.zeros(len(block.labels), np.bool_) if block.evaluation is None else block.evaluation


def _hex(hardware: bytes | None) -> str:
    return "" if hardware is None else hardware.hex()


def _bytes(path: Path, told: str) -> bytes | None:
    try:
        return bytes.fromhex(told) or None
    except ValueError as error:
        raise StoreError(
            f"{path} holds a hardware id that is none", expected="16 hexadecimal digits", received=repr(told)
        ) from error


class Format(NamedTuple):
    """How a file of a suffix is written and read."""

    write: Callable[[Path, Iterable[Block]], None]
    read: Callable[[Path, str | None], Iterator[Block]]


FORMATS: Final = {".parquet": Format(write_parquet, read_parquet), ".npz": Format(write_npz, read_npz)}
