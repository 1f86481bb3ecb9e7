"""The codec `sparse`: the levels of `int8` that are not zero, each with its distance from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from toolchain.codecs.base import bad_payload, require_length
from toolchain.codecs.levels import INT8_LEVELS, Levels, dequantise, quantise, require_levels
from toolchain.layout import Layout, Vector

_SKIP: Final = 255
"""This gap moves by as many places and gives nothing a level."""


@dataclass(frozen=True)
class Sparse:
    """Two bytes an entry, gap and level. Parameters without an entry keep the prototype's value."""

    layout: Layout

    def encode(self, clipped: Vector) -> bytes:
        """Entries for every level that is not zero: the deltas of `int8`, in fewer bytes if most of them are small."""
        levels = quantise(clipped, self.layout, INT8_LEVELS)
        entries = bytearray()
        position = -1
        for index in np.flatnonzero(levels).tolist():
            skips, gap = divmod(index - position - 1, _SKIP)
            entries += bytes([_SKIP, 0]) * skips + bytes([gap, int(levels[index]) & 0xFF])
            position = index
        return bytes(entries)

    def decode(self, payload: bytes) -> Vector:
        """The deltas of the entries, zeros elsewhere; see `Coder`."""
        require_length(payload, min(2 * self.layout.size, len(payload) & ~1))
        levels = self._levels(payload)
        require_levels(levels, INT8_LEVELS, self.layout)
        return dequantise(levels, self.layout, INT8_LEVELS)

    def _levels(self, payload: bytes) -> Levels:
        levels = np.zeros(self.layout.size, np.int8)
        position = -1
        for byte in range(0, len(payload), 2):
            gap, level = payload[byte], payload[byte + 1]
            position += gap if gap == _SKIP else gap + 1
            if position >= self.layout.size:
                raise bad_payload(byte, gap, f"a gap that ends before parameter {self.layout.size}")
            if gap != _SKIP:
                levels[position] = np.uint8(level).astype(np.int8)
            elif level:
                raise bad_payload(byte + 1, level, f"level 0 with gap {_SKIP}")
        return levels
