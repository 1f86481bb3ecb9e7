"""The platforms the firmware is built for: one row each, and nothing that is not known before a build.

A platform is a port under `firmware/ports/` and a preset in `firmware/CMakePresets.json` of the same name. How it is
started, flashed or reached is the business of `hil`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from firmware_bridge.errors import BuildError

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB


@dataclass(frozen=True)
class Platform:
    """What the build needs to know about one target.

    Args:
        name: name of the port, of the preset, and what the device reports in HELLO.
        title: the name people use.
        core: the processor as the compiler calls it (`-mcpu`), or `host`.
        preset: configure preset of `CMakePresets.json`.
        flash_bytes: size of the program memory, None on a host.
        ram_bytes: size of the data memory, None on a host.
        ticks: what one tick of INFER's reply means.
        compiler: program that must be on PATH.
        package: Debian package that brings `compiler`.
        instructions_per_tick: of SysTick under QEMU with -icount shift=0; None where the program that measures
            inferences does not run.
    """

    name: str
    title: str
    core: str
    preset: str
    flash_bytes: int | None
    ram_bytes: int | None
    ticks: str
    compiler: str
    package: str
    instructions_per_tick: float | None = None

    @property
    def is_host(self) -> bool:
        """Whether the firmware is a process of this machine."""
        return self.core == "host"


def _with_systick(name: str, title: str, core: str, memory: tuple[int, int], mhz: int) -> Platform:
    """A board with SysTick; `memory` is flash and RAM."""
    flash_bytes, ram_bytes = memory
    each = 1000 / mhz
    return Platform(
        name=name,
        title=title,
        core=core,
        preset=name,
        flash_bytes=flash_bytes,
        ram_bytes=ram_bytes,
        ticks=f"SysTick at {mhz} MHz; one per {each:.3g} instructions under QEMU with -icount shift=0, else noise",
        compiler="arm-none-eabi-gcc",
        package="gcc-arm-none-eabi",
        instructions_per_tick=each,
    )


def _mps2(name: str, title: str, core: str, *, memory: int = 4 * _MIB, mhz: int = 25) -> Platform:
    return _with_systick(name, title, core, (memory, memory), mhz)


POSIX: Final = Platform(
    name="posix",
    title="a process on this machine",
    core="host",
    preset="posix",
    flash_bytes=None,
    ram_bytes=None,
    ticks="microseconds of the monotonic clock",
    compiler="cc",
    package="gcc",
)
MPS2_AN386: Final = _mps2("mps2-an386", "Arm MPS2 with a Cortex-M4F (AN386)", "cortex-m4")
MPS2_AN385: Final = _mps2("mps2-an385", "Arm MPS2 with a Cortex-M3 (AN385)", "cortex-m3")
MPS2_AN500: Final = _mps2("mps2-an500", "Arm MPS2 with a Cortex-M7 (AN500)", "cortex-m7")
MPS2_AN505: Final = _mps2("mps2-an505", "Arm MPS2 with a Cortex-M33 (AN505)", "cortex-m33", mhz=20)
MPS3_AN547: Final = _mps2("mps3-an547", "Arm MPS3 with a Cortex-M55 (AN547)", "cortex-m55", memory=512 * 1024, mhz=32)
NETDUINOPLUS2: Final = _with_systick(
    "netduinoplus2", "Netduino Plus 2 (STM32F405RG, Cortex-M4F)", "cortex-m4", (_MIB, 128 * _KIB), 168
)
LM3S6965EVB: Final = _with_systick(
    "lm3s6965evb", "Stellaris LM3S6965 evaluation board (Cortex-M3)", "cortex-m3", (256 * _KIB, 64 * _KIB), 50
)
MICROBIT: Final = Platform(
    name="microbit",
    title="BBC micro:bit V1 (nRF51822, Cortex-M0)",
    core="cortex-m0",
    preset="microbit",
    flash_bytes=233 * _KIB,  # of 256; the last 23 pages are the storage of durable edits (ports/microbit/board.h)
    ram_bytes=16 * _KIB,
    ticks="TIMER0 at 16 MHz; one per 62.5 instructions under QEMU with -icount shift=0, else noise",
    compiler="arm-none-eabi-gcc",
    package="gcc-arm-none-eabi",
)

PLATFORMS: Final[Mapping[str, Platform]] = MappingProxyType(
    {
        platform.name: platform
        for platform in (
            *(POSIX, MPS2_AN386, MPS2_AN385, MPS2_AN500, MPS2_AN505, MPS3_AN547),
            *(NETDUINOPLUS2, LM3S6965EVB, MICROBIT),
        )
    }
)


def platform_named(name: str) -> Platform:
    """The platform called `name`.

    Raises:
        BuildError: there is none.
    """
    found = PLATFORMS.get(name)
    if found is None:
        raise BuildError("there is no such platform", expected=", ".join(PLATFORMS), received=name)
    return found
