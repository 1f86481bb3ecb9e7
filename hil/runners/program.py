"""What is flashed: the bytes of an ELF file and where each of them goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from hil.errors import HilError


@dataclass(frozen=True)
class Segment:
    """Bytes, and the address that they are stored at."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Program:
    """An ELF file and its segments, in the order of addresses."""

    path: Path
    segments: tuple[Segment, ...]


def read_program(path: Path) -> Program:
    """Read the ELF file at `path`; initial values of data are at the address that they are stored at.

    Raises:
        HilError: there is no such file, it is no ELF, or nothing in it is stored.
    """
    try:
        with path.open("rb") as file:
            headers = [segment for segment in ELFFile(file).iter_segments() if segment["p_type"] == "PT_LOAD"]
            # A segment's file size leaves out what the start-up code sets to zero.
            found = [Segment(s["p_paddr"], s.data()[: s["p_filesz"]]) for s in headers if s["p_filesz"]]
    except (OSError, ELFError) as error:
        raise HilError(f"{path} cannot be flashed", expected="an ELF file", received=str(error)) from error
    if not found:
        raise HilError(f"{path} cannot be flashed", expected="segments to store", received="none")
    return Program(path, tuple(sorted(found, key=lambda segment: segment.address)))
