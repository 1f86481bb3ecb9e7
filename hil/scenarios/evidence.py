"""The command lines and versions that belong to the evidence of a scenario."""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
from functools import cache
from importlib import metadata
from typing import Final

from firmware_bridge.image import Image
from hil.emulator import COMMANDS
from hil.errors import MissingToolError
from hil.scenarios.state import Plan

COMMANDS_FILE: Final = "commands.txt"
_DEADLINE_S: Final = 10.0
_DISTRIBUTION: Final = "persona-mcu"
_PROGRAMS: Final = {"qemu": "qemu-system-arm", "gcc": "arm-none-eabi-gcc"}


@cache
def versions() -> dict[str, str | None]:
    """Of what a run is made with; None for a program that is not installed."""
    try:
        own: str | None = metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        own = None
    programs = {name: _version(program) for name, program in _PROGRAMS.items()}
    return {_DISTRIBUTION: own, "python": platform.python_version(), **programs}


def _version(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        told = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=_DEADLINE_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return told.splitlines()[0] if told else None


def write_commands(plan: Plan, image: Image) -> None:
    """Write `commands.txt`: how the board was started, the image with its digest, and versions."""
    plan.evidence.mkdir(parents=True, exist_ok=True)
    lines = [f"# {name} {version or 'is not installed'}" for name, version in versions().items()]
    lines.append(f"# image {image.path}, SHA-256 {image.digest}")
    start = COMMANDS.get(plan.board.platform.name)
    if plan.board.emulated and start is not None:
        try:
            lines.append("# 3 stands for the descriptor of the listening socket")
            lines.append(shlex.join(start(image.path, 3, None)))
        except MissingToolError as error:
            lines.append(f"# {error.what}")
    else:
        lines.append(f"# flashed by {plan.board.runner}, reached at {plan.board.serial}, {plan.board.baud} baud")
    (plan.evidence / COMMANDS_FILE).write_text("".join(f"{line}\n" for line in lines))
