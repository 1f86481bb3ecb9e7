"""The runners, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hil.errors import HilError
from hil.runners import esptool, gdb, openocd, probe_rs, pyocd, qemu, uf2
from hil.runners.plan import Runner

FLASHING: Final[Mapping[str, Runner]] = MappingProxyType(
    {r.name: r for r in (gdb.RUNNER, pyocd.RUNNER, openocd.RUNNER, probe_rs.RUNNER, esptool.RUNNER, uf2.RUNNER)}
)
"""Those that put an image on a board of the bench."""
RUNNERS: Final[Mapping[str, Runner]] = MappingProxyType(
    {**FLASHING, qemu.RUNNER.name: qemu.RUNNER, qemu.POSIX.name: qemu.POSIX}
)
"""Those, and the ones that start an emulator."""


def runner_named(name: str) -> Runner:
    """The runner called `name`.

    Raises:
        HilError: there is none.
    """
    found = RUNNERS.get(name)
    if found is None:
        raise HilError("there is no such runner", expected=", ".join(RUNNERS), received=name)
    return found
