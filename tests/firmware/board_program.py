"""Programs that check a board's drivers without the firmware around them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from firmware_bridge.build import FIRMWARE_DIR
from firmware_bridge.platforms import Platform

_PROGRAMS: Final = Path(__file__).resolve().parent / "board_programs"
_LIMIT_S: Final = 60
# What fault.c sends its log frame with.
_SHARED: Final = (
    *(f"core/{name}.c" for name in ("cobs", "crc32", "frame", "log")),
    *(f"ports/cortex_m/{name}.c" for name in ("fault", "semihosting", "startup")),
)
_WARNINGS: Final = ("-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-std=c99")


def build_program(
    name: str, platform: Platform, drivers: Sequence[str], script: str, folder: Path, *options: str
) -> Path:
    """Compile `board_programs/<name>.c` with `drivers` and the linker script `script`, both below `firmware/ports/`."""
    if shutil.which(platform.compiler) is None:
        pytest.skip(f"{platform.compiler} is not installed (package {platform.package})")
    ports, image = FIRMWARE_DIR / "ports", folder / f"{name}.elf"
    sources = [*(FIRMWARE_DIR / path for path in _SHARED), *(ports / path for path in drivers)]
    command: list[str | Path] = [
        platform.compiler,
        *("-mthumb", f"-mcpu={platform.core}", "-mfloat-abi=soft", "-masm-syntax-unified", "-Os", "-g"),
        *("-ffunction-sections", "-nostartfiles", "-specs=nano.specs", "-Wl,--gc-sections"),
        *_WARNINGS,
        *options,
        *(f"-I{path}" for path in (FIRMWARE_DIR / "core", ports / "cortex_m", ports / platform.name)),
        f"-L{ports / 'cortex_m'}",
        f"-T{ports / script}",
        "-o",
        image,
        _PROGRAMS / f"{name}.c",
        *sources,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LIMIT_S)
    assert done.returncode == 0, done.stderr
    return image


def run_program(image: Path, machine: str, *, shift: int = 0) -> int:
    """Run `image` on QEMU until it ends by itself; its exit code.

    An instruction takes 2^`shift` virtual nanoseconds.
    """
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed (package qemu-system-arm)")
    command: list[str | Path] = [
        *("qemu-system-arm", "-M", machine, "-nodefaults", "-display", "none", "-monitor", "none"),
        *("-semihosting-config", "enable=on,target=native", "-icount", f"shift={shift}", "-kernel", image),
    ]
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, timeout=_LIMIT_S).returncode
