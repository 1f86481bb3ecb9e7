"""How the flash of a `LibraryDevice` fails, and what it is made of (firmware/ports/library/flash_model.h)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MOST_FLASH_BYTES: Final = 1 << 20


class Cut(IntEnum):
    """What becomes of the store in whose middle the power goes, and of those before it."""

    BEFORE = 0
    """It does not happen."""
    TORN = 1
    """It happens in part: some bits of a word, some words of a sector."""
    UNSTABLE = 2
    """Torn, and what is torn reads differently by turns until its sector is erased."""
    REORDERED = 3
    """Any subset of the stores since the last sync has happened, and this one in part."""


@dataclass(frozen=True)
class FlashSizes:
    """Sizes of a flash in bytes; no sectors: the device has no storage."""

    sector: int = 1024
    word: int = 8
    sectors: int = 64

    @property
    def total(self) -> int:
        """Bytes of the whole flash, at most `MOST_FLASH_BYTES`."""
        return self.sector * self.sectors
