"""Plugins for QEMU: shared libraries of our own, compiled for this machine when they are needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from hil.errors import HilError, MissingToolError

_OPTIONS: Final = ("-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared")
_DEADLINE_S: Final = 60.0


def compile_plugin(source: Path, folder: Path) -> Path:
    """Compile one C file in `folder`; gives the library.

    Raises:
        MissingToolError: there is no compiler for this machine.
        HilError: it cannot be compiled.
    """
    compiler = shutil.which(os.environ.get("CC", "cc").split()[0])
    if compiler is None:
        raise MissingToolError("the plugin for QEMU needs a C compiler", remedy="apt install gcc")
    library = folder / source.with_suffix(".so").name
    command = [compiler, *_OPTIONS, str(source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False)
    if done.returncode:
        raise HilError("the plugin for QEMU cannot be compiled", received=done.stderr)
    return library
