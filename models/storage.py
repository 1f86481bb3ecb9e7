"""Directories that are either whole or not there: written beside and renamed, read back against their digests."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from models.errors import TrainedError

INDEX: Final = "trained.json"
FORMAT: Final = 1
_REMEDY: Final = "train again with `persona train`, or copy the whole directory again"


def write_directory(target: Path, index: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write `files` and an index with their sizes and digests; `target` appears whole or stays as it was.

    Raises:
        TrainedError: `target` exists and is not a directory that this function wrote, or cannot be written.
    """
    if target.exists() and not (target / INDEX).is_file() and not _is_empty_directory(target):
        raise TrainedError(
            f"{target} is in the way",
            expected=f"no such path, an empty directory, or one with a {INDEX} to replace",
            received="something else",
            remedy="choose another path or remove it yourself",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise TrainedError(f"cannot write beside {target}", received=str(error)) from error
    try:
        described = {name: _describe(content) for name, content in files.items()}
        text = json.dumps({"format": FORMAT, **index, "files": described}, indent=1, sort_keys=True)
        for name, content in {**files, INDEX: text.encode()}.items():
            _write(beside / name, content)
        _put(beside, target)
    except OSError as error:
        raise TrainedError(f"cannot write {target}", received=str(error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def read_directory(source: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The index and the files that `write_directory` wrote, each checked against its size and digest.

    Raises:
        TrainedError: the directory is missing, truncated, altered or of another format.
    """
    index = _read_index(source)
    files: dict[str, bytes] = {}
    for name, expected in index["files"].items():
        try:
            content = (source / name).read_bytes()
        except OSError as error:
            raise TrainedError(f"{source} has lost {name}", received=str(error), remedy=_REMEDY) from error
        if _describe(content) != expected:
            raise TrainedError(
                f"{source / name} is not what was written",
                expected=f"{expected['bytes']} bytes with digest {expected['blake2s'][:16]}",
                received=f"{len(content)} bytes with digest {_describe(content)['blake2s'][:16]}",
                remedy=_REMEDY,
            )
        files[name] = content
    return index, files


def _read_index(source: Path) -> dict[str, Any]:
    try:
        index = json.loads((source / INDEX).read_bytes())
    except OSError as error:
        raise TrainedError(
            f"{source} holds no trained model",
            expected=f"a directory with {INDEX}",
            received=str(error),
            remedy=_REMEDY,
        ) from error
    except ValueError as error:
        raise TrainedError(f"{source / INDEX} is damaged", received=str(error), remedy=_REMEDY) from error
    if not isinstance(index, dict) or index.get("format") != FORMAT or not isinstance(index.get("files"), dict):
        raise TrainedError(
            f"{source / INDEX} is of another version",
            expected=f"format {FORMAT} with a list of files",
            received=f"format {index.get('format') if isinstance(index, dict) else None}",
            remedy=_REMEDY,
        )
    return index


def _describe(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "blake2s": hashlib.blake2s(content).hexdigest()}


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put(beside: Path, target: Path) -> None:
    """Rename `beside` to `target`; an older `target` is moved out of the way first and removed last."""
    beside.chmod(0o755)
    if not target.exists():
        beside.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.replace(old / "was")
    try:
        beside.rename(target)
    except OSError:
        (old / "was").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
