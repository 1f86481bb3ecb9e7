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
_LINE: Final = re.compile(r"^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$", re.MULTILINE)
_WRAPPED_NAME: Final = re.compile(r"^( \S+)\n\s+0x", re.MULTILINE)
_OBJECT_OF_A_PROGRAM: Final = re.compile(r"CMakeFiles/persona-[a-z-]+\.dir/")
_FLASH: Final = (".text", ".rodata", ".data", ".vectors")
_RAM: Final = (".data", ".bss", "COMMON")


@dataclass(frozen=True)
class Share:
    """Bytes of program memory and of data memory; initialised data counts in both."""

    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class Piece:
    """What one object file or library put into a section: where it lies, and whose it is."""

    section: str
    address: int
    size: int
    owner: str


def shares(text: str) -> dict[str, Share]:
    """What each of `OWNERS` occupies, from the text of a map; all zero if it is not a GNU linker's."""
    flash, ram = dict.fromkeys(OWNERS, 0), dict.fromkeys(OWNERS, 0)
    for piece in pieces(text):
        flash[piece.owner] += piece.size if piece.section.startswith(_FLASH) else 0
        ram[piece.owner] += piece.size if piece.section.startswith(_RAM) else 0
    return {owner: Share(flash[owner], ram[owner]) for owner in OWNERS}


def pieces(text: str) -> Iterator[Piece]:
    """What was placed, in the order of addresses, from the text of a map."""
    placed = text.partition(_START)[2]
    for section, address, size, file in _LINE.findall(_WRAPPED_NAME.sub(r"\1 0x", placed)):
        yield Piece(section, int(address, 16), int(size, 16), _owner(file))


def _owner(file: str) -> str:
    for owner in ("core", "model"):
        if f"libpersona_{owner}.a(" in file:
            return owner
    return "port" if _OBJECT_OF_A_PROGRAM.search(file) else "libraries"
