"""The folder of a test: where it is, and what only the test run knows of it: command lines and versions."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

FILES: Final = (
    "rx.bin",
    "tx.bin",
    "frames.txt",
    "device.log",
    "about.json",
    "commands.txt",
    "versions.json",
)
_PROGRAMS: Final = {"qemu": "qemu-system-arm", "gcc": "arm-none-eabi-gcc", "cc": "cc"}
_VERSION_S: Final = 10.0
_LONGEST: Final = 120
_DIGEST_DIGITS: Final = 8
_XDIST_GROUP: Final = "@"

_listeners: list[list[str]] = []
_hooked: list[bool] = []


def folder_of(root: Path, nodeid: str, group: str = "") -> Path:
    """The folder of the test `nodeid` under `root`; `group` is what xdist appends to the name of a grouped test."""
    plain = nodeid.removesuffix(f"{_XDIST_GROUP}{group}") if group else nodeid
    readable = plain.replace("::", ".").replace("/", ".")
    name = re.sub(r"[^\w.\[\]=,-]+", "_", readable)
    if name != readable or len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.blake2s(plain.encode()).hexdigest()[:_DIGEST_DIGITS]}"
    return root / name


def clear(folder: Path) -> None:
    """Remove what an earlier run left in `folder`; files that are none of ours stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)


def save(folder: Path, commands: Sequence[str]) -> None:
    """Write `commands.txt` and `versions.json`."""
    (folder / "commands.txt").write_text("".join(f"{line}\n" for line in commands))
    (folder / "versions.json").write_text(json.dumps(versions(), indent=2) + "\n")


@contextmanager
def commands_started() -> Iterator[list[str]]:
    """Every program that this process starts while the block runs, as a shell would be told to."""
    if not _hooked:
        # A hook cannot be taken out again, so there is one for the whole process.
        sys.addaudithook(_on_event)
        _hooked.append(True)
    lines: list[str] = []
    _listeners.append(lines)
    try:
        yield lines
    finally:
        _listeners[:] = [one for one in _listeners if one is not lines]


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _listeners:
        command = arguments[1]
        line = command if isinstance(command, str) else shlex.join(str(part) for part in command)
        for lines in _listeners:
            lines.append(line)


@cache
def versions() -> dict[str, str | None]:
    """Release, interpreter and the programs that build and emulate; None for what is not installed."""
    found = {name: _first_line(program) for name, program in _PROGRAMS.items()}
    return {"persona-mcu": _release(), "python": platform.python_version(), **found}


def _release() -> str | None:
    try:
        return metadata.version("persona-mcu")
    except metadata.PackageNotFoundError:
        return None


def _first_line(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_VERSION_S, check=False)
    return next(iter(done.stdout.splitlines()), None)
