"""The UF2 format: blocks of 512 bytes, each with its own address (github.com/microsoft/uf2, "File format")."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from hil.runners.program import Segment

BLOCK_BYTES: Final = 512
PAYLOAD_BYTES: Final = 256
MAGIC_START: Final = (0x0A32_4655, 0x9E5D_5157)
MAGIC_END: Final = 0x0AB1_6F30
FAMILY_PRESENT: Final = 0x2000

_HEAD: Final = struct.Struct("<8I")
"""Two magic words, flags, address, payload size, number, count, family."""
_DATA_BYTES: Final = 476
_END: Final = struct.Struct("<I")


def to_uf2(segments: Sequence[Segment], family: int) -> bytes:
    """`segments` as blocks of 256 bytes at multiples of 256, for chips of `family`.

    Boot loaders write whole pages and refuse others (RP2040 Datasheet, 2.8.4.2): what a page has besides is zero.
    """
    pages = dict(_pages(segments))
    blocks = [
        _HEAD.pack(*MAGIC_START, FAMILY_PRESENT, address, PAYLOAD_BYTES, number, len(pages), family)
        + bytes(pages[address]).ljust(_DATA_BYTES, b"\0")
        + _END.pack(MAGIC_END)
        for number, address in enumerate(sorted(pages))
    ]
    return b"".join(blocks)


def _pages(segments: Sequence[Segment]) -> Iterator[tuple[int, bytearray]]:
    pages: dict[int, bytearray] = {}
    for segment in segments:
        for offset, byte in enumerate(segment.data):
            page, place = divmod(segment.address + offset, PAYLOAD_BYTES)
            pages.setdefault(page * PAYLOAD_BYTES, bytearray(PAYLOAD_BYTES))[place] = byte
    yield from pages.items()
