"""Compile a model's generated C into a shared library of this machine, and load it."""

from __future__ import annotations

import _ctypes
import ctypes
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from toolchain.codegen.folder import RUNTIME, write_c
from toolchain.errors import NativeError
from toolchain.model import Model

OPTIONS: Final = ("-std=c99", "-O2", "-ffp-contract=off")
"""What decides about bits, as firmware_bridge/firmware/CMakeLists.txt has it for the posix port."""

_DEADLINE_S: Final = 600.0
_TAIL_LINES: Final = 20


def build_library(model: Model, folder: Path | None = None) -> ctypes.CDLL:
    """The model and `runtime/host/driver.c` as a library; sources and library are kept where a folder is given.

    Raises:
        NativeError: there is no compiler, it fails, or the folder holds a model already.
    """
    compiler = _compiler()
    if folder is not None:
        if (folder / "c").exists():
            raise NativeError(
                f"{folder} holds a model already", expected="a new or empty folder", remedy="name another folder"
            )
        return ctypes.CDLL(str(_compile(compiler, model, folder)))
    with tempfile.TemporaryDirectory(prefix="persona-native-") as work:
        return ctypes.CDLL(str(_compile(compiler, model, Path(work))))  # stays in memory without its file


def unload(library: ctypes.CDLL) -> None:
    """Give the library's memory back; nothing of it may be called any more."""
    _ctypes.dlclose(library._handle)  # noqa: SLF001  # ctypes has no public name for it


def _compiler() -> list[str]:
    """The command of the C compiler: `CC` with its options, or `cc`."""
    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if shutil.which(command[0]) is None:
        raise NativeError(
            "the C compiler of this machine is missing",
            expected=f"{command[0]} on PATH",
            received="no such program",
            remedy="install gcc or clang (Debian, Ubuntu: apt-get install gcc), or name another one: CC=...",
        )
    return command


def _compile(compiler: list[str], model: Model, folder: Path) -> Path:
    write_c(model, folder / "c", "native")
    library = folder.resolve() / "native.so"
    sources = [str(folder / "c" / "model.c"), str(RUNTIME / "host" / "driver.c")]
    command = [*compiler, *OPTIONS, "-shared", "-fPIC", f"-I{folder / 'c'}", *sources, "-o", str(library)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_DEADLINE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NativeError("the C compiler did not come to an end", received=str(error)) from error
    if done.returncode:
        tail = done.stderr.splitlines()[-_TAIL_LINES:]
        raise NativeError("the C compiler refuses the generated code", received="\n    ".join(["", *tail]))
    return library
