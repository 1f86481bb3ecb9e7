"""Sealed directories: either whole or not there. Bundles and trained models are such directories.

All files are written beside the target and renamed into place at once; an index file lists each of them with its size
and digest, and reading checks both. A crash, a full disk or Ctrl-C leaves what was there before.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from toolchain.errors import PersonaError


@dataclass(frozen=True)
class SealedFormat:
    """One kind of sealed directory.

    Attributes:
        index: name of its index file.
        format: version of the index.
        title: what the directory is, for messages ("a bundle").
        error: what is raised.
        remedy: how to get a good one.
    """

    index: str
    format: int
    title: str
    error: type[PersonaError]
    remedy: str

    def write(self, target: Path, index: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
        """Write `files` (relative names, may hold folders) and the index; `target` appears whole or stays as it was.

        Raises:
            PersonaError: `target` is something else than such a directory, or cannot be written.
        """
        if target.exists() and not (target / self.index).is_file() and not _is_empty_directory(target):
            raise self.error(
                f"{target} is in the way",
                expected=f"no such path, an empty directory, or one with a {self.index} to replace",
                received="something else",
                remedy="choose another path or remove it yourself",
            )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        except OSError as error:
            raise self.error(f"cannot write beside {target}", received=str(error)) from error
        try:
            described = {name: _describe(content) for name, content in files.items()}
            text = json.dumps({"format": self.format, **index, "files": described}, indent=1, sort_keys=True)
            for name, content in {**files, self.index: text.encode()}.items():
                _write(beside / name, content)
            _put(beside, target)
        except OSError as error:
            raise self.error(f"cannot write {target}", received=str(error), remedy="make room and try again") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def read(self, source: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
        """The index and the files, each checked against its size and digest.

        Raises:
            PersonaError: the directory is missing, truncated, altered or of another format.
        """
        index = self._read_index(source)
        return index, {name: self._read_file(source, name, expected) for name, expected in index["files"].items()}

    def _read_file(self, source: Path, name: str, expected: Any) -> bytes:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not isinstance(expected, dict):
            raise self._damaged(source, f"a file entry {name!r} that leads out of the directory")
        try:
            content = (source / name).read_bytes()
        except OSError as error:
            raise self.error(f"{source} has lost {name}", received=str(error), remedy=self.remedy) from error
        described = _describe(content)
        if described != expected:
            raise self.error(
                f"{source / name} is not what was written",
                expected=f"{expected.get('bytes')} bytes with digest {str(expected.get('blake2s'))[:16]}",
                received=f"{len(content)} bytes with digest {described['blake2s'][:16]}",
                remedy=self.remedy,
            )
        return content

    def _read_index(self, source: Path) -> dict[str, Any]:
        try:
            index = json.loads((source / self.index).read_bytes())
        except OSError as error:
            raise self.error(
                f"{source} is not {self.title}",
                expected=f"a directory with {self.index}",
                received=str(error),
                remedy=self.remedy,
            ) from error
        except ValueError as error:
            raise self._damaged(source, str(error)) from error
        if (
            not isinstance(index, dict)
            or index.get("format") != self.format
            or not isinstance(index.get("files"), dict)
        ):
            raise self.error(
                f"{source / self.index} is of another version",
                expected=f"format {self.format} with a list of files",
                received=f"format {index.get('format') if isinstance(index, dict) else None}",
                remedy=self.remedy,
            )
        return index

    def _damaged(self, source: Path, received: str) -> PersonaError:
        return self.error(f"{source / self.index} is damaged", received=received, remedy=self.remedy)


def _describe(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "blake2s": hashlib.blake2s(content).hexdigest()}


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
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
