"""Read a GNU linker map: who in the image occupies how much.

The owners are those of `firmware/CMakeLists.txt`: the archive of the core, that of the model, the port's objects,
and the compiler's libraries. Padding between sections belongs to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

OWNERS: Final = ("core", "model", "port", "libraries")
_START: Final = "Linker script and memory map"
_LINE: Final = re.compile(r"^ (\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$", re.MULTILINE)
_WRAPPED_NAME: Final = re.compile(r"^( \S+)\n\s+0x", re.MULTILINE)
_FLASH: Final = (".text", ".rodata", ".data", ".vectors")
_RAM: Final = (".data", ".bss", "COMMON")


@dataclass(frozen=True)
class Share:
    """Bytes of program memory and of data memory; initialised data counts in both."""

    flash_bytes: int
    ram_bytes: int


def shares(text: str) -> dict[str, Share]:
    """What each of `OWNERS` occupies, from the text of a map; all zero if it is not a GNU linker's."""
    flash, ram = dict.fromkeys(OWNERS, 0), dict.fromkeys(OWNERS, 0)
    for section, size, file in _entries(text):
        owner = _owner(file)
        flash[owner] += size if section.startswith(_FLASH) else 0
        ram[owner] += size if section.startswith(_RAM) else 0
    return {owner: Share(flash[owner], ram[owner]) for owner in OWNERS}


def _entries(text: str) -> Iterator[tuple[str, int, str]]:
    placed = text.partition(_START)[2]
    for section, size, file in _LINE.findall(_WRAPPED_NAME.sub(r"\1 0x", placed)):
        yield section, int(size, 16), file


def _owner(file: str) -> str:
    for owner in ("core", "model"):
        if f"libpersona_{owner}.a(" in file:
            return owner
    return "port" if "persona-device.dir" in file else "libraries"
