"""What the C core costs on a Cortex-M4: its bytes in a small build, the instructions of an edit in a fast one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from firmware_bridge.build import BENCH, DEVICE, compile_into, require_bundle, require_compiler
from firmware_bridge.build_settings import SIZE, SPEED, BuildSettings
from firmware_bridge.image import Image, inspect
from firmware_bridge.platforms import MPS2_AN386
from hil.emulator import require_emulator, start
from hil.errors import WrongResultError

BOARD: Final = MPS2_AN386
_INSTRUCTIONS_PER_TICK: Final = 40
_DEADLINE_S: Final = 60.0
_LAST: Final = "end"
_OF_THE_MODEL: Final = ("arena", "banks", "output", "context")
"""Parts of the core's memory whose size the model decides."""


@dataclass(frozen=True)
class CoreSize:
    """Bytes of the core: frame, session, banks, journal, MAC; without model, banks and what else a model sizes."""

    flash_bytes: int
    ram_bytes: int


def require_tools() -> None:
    """Refuse a machine without the board's compiler or its emulator.

    Raises:
        BuildError: the compiler is missing.
        MissingToolError: the emulator is missing.
    """
    require_compiler(BOARD)
    require_emulator(BOARD.name)


def core_size(bundle: Path, folder: Path) -> CoreSize:
    """Build `bundle` for size in `folder` and read the linker's map.

    Raises:
        BuildError: it cannot be built.
    """
    image = _build(bundle, folder, BuildSettings(optimise=SIZE))
    core = image.shares["core"]
    return CoreSize(core.flash_bytes, core.ram_bytes - sum(image.parts[name] for name in _OF_THE_MODEL))


@dataclass(frozen=True)
class EditCost:
    """Instructions of an edit on the board, right to within 40 for each step.

    `apply` is what BEGIN, VERIFY and APPLY take without a MAC, for the dearer of the codecs int8 and latent (where the
    model has it); `mac` is what a MAC adds to a whole int8 edit.
    """

    apply: int
    mac: int


def edit_cost(bundle: Path, folder: Path) -> EditCost:
    """Build the program that measures (firmware/bench/edit.c) in `folder` and run it.

    Raises:
        BuildError: it cannot be built.
        MissingToolError: there is no emulator.
        WrongResultError: the program ended before it had told all.
    """
    with start(_build(bundle, folder, BuildSettings(optimise=SPEED), BENCH)) as emulator:
        told = {name: int(ticks) * _INSTRUCTIONS_PER_TICK for name, ticks in _lines(emulator.url)}
    mac = sum(told[f"signed_{step}"] - told[step] for step in ("begin", "write", "verify", "apply"))
    applying = [
        sum(told.get(f"{codec}{step}", 0) for step in ("begin", "verify", "apply")) for codec in ("", "latent_")
    ]
    return EditCost(max(applying), mac)


def _build(bundle: Path, folder: Path, settings: BuildSettings, target: str = DEVICE) -> Image:
    require_bundle(bundle)
    return inspect(compile_into(folder, bundle, BOARD.preset, settings=settings, target=target), BOARD)


def _lines(url: str) -> Iterator[tuple[str, str]]:
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), _DEADLINE_S) as line:
        line.sendall(b"!")
        with line.makefile(errors="replace") as lines:
            for text in lines:
                name, _, ticks = text.strip().partition(" ")
                if name == _LAST:
                    return
                yield name, ticks
    raise WrongResultError("the program that counts instructions ended early", expected=f"a line {_LAST!r}")
