"""UF2 files: blocks as the specification has them, each page whole and once."""

from __future__ import annotations

import pytest

from hil.runners.program import Segment
from hil.runners.uf2_format import BLOCK_BYTES, to_uf2


def test_uf2_blocks_are_those_of_the_specification() -> None:
    """Magic words, flags, address, size, number, count, family, at their places; the rest is zero."""
    block = to_uf2([Segment(0x1000_0000, b"\x01\x02")], 0xE48BFF56)
    head = b"UF2\n" + bytes.fromhex("57515d9e 00200000 00000010 00010000 00000000 01000000 56ff8be4")
    assert head + b"\x01\x02" + bytes(474) + bytes.fromhex("306fb10a") == block


@pytest.mark.parametrize(
    ("segments", "addresses"),
    [
        ([Segment(0, bytes(256))], [0]),
        ([Segment(0, bytes(257))], [0, 256]),
        ([Segment(0x10, bytes(256))], [0, 256]),
        ([Segment(0x1F0, bytes(4)), Segment(0, bytes(4)), Segment(0x1F4, bytes(4))], [0, 256]),
    ],
)
def test_uf2_pages_are_whole_and_come_once(segments: list[Segment], addresses: list[int]) -> None:
    """Blocks at multiples of 256, in order, also where segments share a page."""
    data = to_uf2(segments, 1)
    blocks = [data[i : i + BLOCK_BYTES] for i in range(0, len(data), BLOCK_BYTES)]
    assert addresses == [int.from_bytes(block[12:16], "little") for block in blocks]
    assert [(i, len(blocks)) for i in range(len(blocks))] == [
        (int.from_bytes(block[20:24], "little"), int.from_bytes(block[24:28], "little")) for block in blocks
    ]
