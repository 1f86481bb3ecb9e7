"""Builds the C program that plays a vector file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from firmware_bridge.build import FIRMWARE_DIR
from tests.vectors import HERE

_OPTIONS: Final = (
    *("-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-ffp-contract=off"),
    *("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"),
    *('-DPERSONA_PLATFORM_NAME="vectors"', "-DPERSONA_FIRMWARE_VERSION=2u"),
)


def build_player(bundle: Path, folder: Path) -> Path:
    """The core, the library port and player.c as one program of this machine."""
    core, port = FIRMWARE_DIR / "core", FIRMWARE_DIR / "ports" / "library"
    sources = [*core.glob("*.c"), *port.glob("*.c"), bundle / "c" / "model.c", HERE / "player.c"]
    program = folder / "player"
    includes = [f"-I{path}" for path in (core, port, bundle / "c")]
    command = [os.environ.get("CC", "cc"), *_OPTIONS, *includes, *map(str, sources), "-o", str(program)]
    subprocess.run(command, check=True, timeout=120)
    return program
