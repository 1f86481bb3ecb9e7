"""What a result depends on beside its arguments: the sources that made it, and the versions of what they use."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import models
import toolchain

_PACKAGES: Final = ("ai-edge-litert", "ai-edge-quantizer", "litert-torch", "numpy", "scikit-learn", "scipy", "torch")
_SHOWING: Final = frozenset({"figures.py", "plots.py", "pool.py", "table.py"})
"""Files of `models/evaluation` that only show results: they may change without making them old."""
_SUFFIXES: Final = frozenset({".py", ".c", ".h"})


def versions() -> dict[str, str]:
    """Of Python, of this project and of the packages that compute."""
    found = {"python": platform.python_version(), "persona-mcu": _version("persona-mcu")}
    return found | {name: _version(name) for name in _PACKAGES}


@cache
def code_digest() -> str:
    """Sixteen hexadecimal digits over the sources of `models` and `toolchain` that a unit may run."""
    digest = hashlib.blake2s()
    for package in (models, toolchain):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*")):
            inner = path.relative_to(root)
            if path.suffix in _SUFFIXES and not _shows(inner):
                digest.update(f"{package.__name__}/{inner.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def origin(data: str) -> dict[str, Any]:
    """All of it, with the digest of the data."""
    return {"data": data, "code": code_digest(), "versions": versions()}


def _shows(inner: Path) -> bool:
    return inner.parts[0] == "reproduce" or (inner.parts[0] == "evaluation" and inner.name in _SHOWING)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
