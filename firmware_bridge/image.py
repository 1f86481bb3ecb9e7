"""Read a linked firmware image: what it occupies, and which named parts account for it.

Sizes come from the ELF's section headers and symbol table, never from a model of the compiler. For the posix port the
same rules give the size the firmware would have: text and initialised data count as flash, data and bss as RAM.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from firmware_bridge.errors import BuildError
from firmware_bridge.linkmap import Share, shares
from firmware_bridge.platforms import Platform

_PREFIX: Final = "persona_part_"
_FIRMWARE_SECTIONS: Final = (".text", ".rodata", ".data", ".bss")
_PARTS: Final = ("banks", "arena", "prototypes", "context", "output", "link", "stack")


@dataclass(frozen=True)
class Section:
    """One section that occupies memory on the device; sizes in bytes."""

    name: str
    address: int
    size: int
    in_flash: bool
    in_ram: bool


@dataclass(frozen=True)
class Image:
    """A linked firmware image and what it occupies.

    Args:
        path: the ELF (posix: the executable).
        platform: what it was built for.
        digest: SHA-256 of the file, hex.
        sections: what occupies memory on the device, in the order of addresses.
        parts: bytes of the parts that have a name: `banks`, `arena`, `prototypes`, `context`, `output`, `link`
            (receiver, reply and session), `stack`. A part that the image does not hold is 0.
        shares: what `core`, `model`, `port` and `libraries` occupy, read from the linker map beside the image; empty
            if there is none.
    """

    path: Path
    platform: Platform
    digest: str
    sections: tuple[Section, ...]
    parts: dict[str, int]
    shares: dict[str, Share]

    @property
    def flash_bytes(self) -> int:
        """Bytes of program memory: code, constants and the initial values of data."""
        return sum(s.size for s in self.sections if s.in_flash)

    @property
    def ram_bytes(self) -> int:
        """Bytes of data memory, the stack included where the linker script reserves it."""
        return sum(s.size for s in self.sections if s.in_ram)


def map_path(path: Path) -> Path:
    """Where the linker map of the image at `path` lies."""
    return path.with_suffix(".map")


def inspect(path: Path, platform: Platform) -> Image:
    """Read the image at `path`.

    Raises:
        BuildError: there is no such file, or it is not an ELF.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
            elf = ELFFile(file)
            sections = _sections(elf, of_host=platform.is_host)
            return Image(path, platform, digest, sections, _parts(elf), _shares(map_path(path)))
    except FileNotFoundError as error:
        raise BuildError(f"there is no firmware image at {path}", remedy="build it first") from error
    except ELFError as error:
        raise BuildError(f"{path} is not a firmware image", expected="an ELF file", received=str(error)) from error


def _sections(elf: Any, *, of_host: bool) -> tuple[Section, ...]:
    found = []
    for section in elf.iter_sections():
        flags = section["sh_flags"]
        if not flags & SH_FLAGS.SHF_ALLOC or not section["sh_size"]:
            continue
        # The rest of a host's sections serves its dynamic linker, which no firmware has.
        if of_host and not section.name.startswith(_FIRMWARE_SECTIONS):
            continue
        stored = section["sh_type"] != "SHT_NOBITS"
        writable = bool(flags & SH_FLAGS.SHF_WRITE)
        found.append(Section(section.name, section["sh_addr"], section["sh_size"], in_flash=stored, in_ram=writable))
    return tuple(sorted(found, key=lambda s: s.address))


def _parts(elf: Any) -> dict[str, int]:
    parts = dict.fromkeys(_PARTS, 0)
    table = elf.get_section_by_name(".symtab")
    for symbol in table.iter_symbols() if table else ():
        part = _part_of(symbol.name)
        if part in parts:
            parts[part] += symbol["st_size"]
    return parts


def _part_of(symbol: str) -> str:
    """The part that a symbol stands for; a bundle's table of prototypes is called `<model>_prototypes`."""
    if symbol.startswith(_PREFIX):
        return symbol.removeprefix(_PREFIX)
    return "prototypes" if symbol.endswith("_prototypes") else ""


def _shares(path: Path) -> dict[str, Share]:
    return shares(path.read_text(errors="replace")) if path.exists() else {}
