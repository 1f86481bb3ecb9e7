"""The plugin that lets QEMU count stores and end at one of them (store_counter.c)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hil.plugins import compile_plugin
from hil.qemu import PSRAM

EXIT_CUT: Final = 75
"""QEMU's exit code where the plugin ended it."""
STORAGE_BYTES: Final = 256 * 1024
"""The part of the PSRAM that the port uses (ports/mps2-an386/board.h)."""

_SOURCE: Final = Path(__file__).with_name("store_counter.c")
_COUNT: Final = struct.Struct("<Q")


@dataclass(frozen=True)
class StoreCounter:
    """The compiled plugin."""

    library: Path

    @classmethod
    def build(cls, folder: Path) -> StoreCounter:
        """Compile it in `folder`.

        Raises:
            MissingToolError: there is no compiler for this machine.
            HilError: it cannot be compiled.
        """
        return cls(compile_plugin(_SOURCE, folder))

    def options(self, *, cut: int = 0, count: Path | None = None) -> list[str]:
        """Arguments of QEMU: end at store number `cut` (1: the first; 0: never), keep the number so far in `count`."""
        parts = [f"start={PSRAM:#x}", f"size={STORAGE_BYTES:#x}", f"cut={cut}"]
        if count is not None:
            parts.append(f"count={count}")
        return ["-plugin", ",".join([str(self.library), *parts])]


def stores_in(count: Path) -> int:
    """What the plugin has counted."""
    (number,) = _COUNT.unpack(count.read_bytes())
    return int(number)
