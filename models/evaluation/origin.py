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
_SHOWING: Final = frozenset(
    {"figures.py", "plots.py", "pool.py", "table.py", "tables.py", "checks.py", "document.py", "plot.py", "__main__.py"}
)
"""Files that only show results: they may change without making them old."""
_WITH_SHOWING: Final = frozenset({"evaluation", "recompile"})
_ASIDE: Final = frozenset({"reproduce", "recompile", "store"})
"""Packages that only units which name them depend on."""
_SUFFIXES: Final = frozenset({".py", ".c", ".h"})


def versions() -> dict[str, str]:
    """Of Python, of this project and of the packages that compute."""
    found = {"python": platform.python_version(), "persona-mcu": _version("persona-mcu")}
    return found | {name: _version(name) for name in _PACKAGES}


@cache
def code_digest(*besides: str) -> str:
    """Sixteen hexadecimal digits over the sources of `models` and `toolchain` that a unit may run.

    `besides` are packages of `models` that only some units run.
    """
    digest = hashlib.blake2s()
    for package in (models, toolchain):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*")):
            inner = path.relative_to(root)
            if path.suffix in _SUFFIXES and not _shows(inner, besides):
                digest.update(f"{package.__name__}/{inner.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def origin(data: str, *besides: str) -> dict[str, Any]:
    """All of it, with the digest of the data; `besides` as in `code_digest`."""
    return {"data": data, "code": code_digest(*besides), "versions": versions()}


def _shows(inner: Path, besides: tuple[str, ...]) -> bool:
    """Whether no unit's result depends on the file."""
    aside = inner.parts[0] in _ASIDE and inner.parts[0] not in besides
    return aside or (inner.parts[0] in _WITH_SHOWING and inner.name in _SHOWING)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
