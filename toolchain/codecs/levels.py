"""The codecs `int8` and `int4`: the delta in whole steps of T/127 and T/7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.codecs.base import Fault, PayloadError, bad_payload, place, require_length
from toolchain.layout import Layout, Vector

INT8_LEVELS: Final = 127
INT4_LEVELS: Final = 7
Levels = npt.NDArray[np.int8]


def quantise(clipped: Vector, layout: Layout, most: int) -> Levels:
    """The nearest levels -most..most of each delta, int8 [size]."""
    near = np.rint(clipped / _steps(layout, most))
    levels: Levels = np.clip(near, -most, most).astype(np.int8)
    return levels


def dequantise(levels: npt.NDArray[Any], layout: Layout, most: int) -> Vector:
    """Levels int8 [size] to the delta that a device makes of them: one rounding for the step, one for the product."""
    delta: Vector = levels.astype(np.float32) * _steps(layout, most)
    return np.clip(delta, -layout.clip_vector, layout.clip_vector)


def _steps(layout: Layout, most: int) -> Vector:
    """Size of a step for each float, divided in float32 as the device does."""
    steps: Vector = layout.clip_vector / np.float32(most)
    return steps


def require_levels(levels: npt.NDArray[Any], most: int, names: Layout | None) -> None:
    """Refuse the one level of two's complement that has no meaning; `names` where levels are parameters.

    Raises:
        PayloadError: OUT_OF_BOUNDS, with the index of the first such level.
    """
    outside = np.flatnonzero(levels < -most)
    if outside.size:
        first = int(outside[0])
        where = f"level {first} of the code" if names is None else place(first, names)
        raise PayloadError(
            f"the edit leaves the clip ball in {outside.size} place(s), first in {where}",
            Fault.OUT_OF_BOUNDS,
            (first, int(levels[first]) & 0xFFFF_FFFF),
            expected=f"levels -{most}..{most}",
            received=str(levels[first]),
            remedy="make the edit with encode_edit, which clips",
        )


@dataclass(frozen=True)
class Int8:
    """One byte a parameter, a level of T/127."""

    layout: Layout

    def encode(self, clipped: Vector) -> bytes:
        """The nearest levels."""
        return quantise(clipped, self.layout, INT8_LEVELS).tobytes()

    def decode(self, payload: bytes) -> Vector:
        """The levels times T/127; see `Coder`."""
        require_length(payload, self.layout.size)
        levels = np.frombuffer(payload, np.int8)
        require_levels(levels, INT8_LEVELS, self.layout)
        return dequantise(levels, self.layout, INT8_LEVELS)


@dataclass(frozen=True)
class Int4:
    """Half a byte a parameter, a level of T/7; even indices in the low nibble, a nibble that is left over is 0."""

    layout: Layout

    def encode(self, clipped: Vector) -> bytes:
        """The nearest levels, two a byte."""
        levels = quantise(clipped, self.layout, INT4_LEVELS).view(np.uint8) & 0x0F
        pairs = np.append(levels, np.zeros(len(levels) % 2, np.uint8)).reshape(-1, 2)
        packed: npt.NDArray[np.uint8] = pairs[:, 0] | pairs[:, 1] << 4
        return packed.tobytes()

    def decode(self, payload: bytes) -> Vector:
        """The levels times T/7; see `Coder`."""
        size = self.layout.size
        require_length(payload, (size + 1) // 2)
        if size % 2 and payload[-1] >> 4:
            raise bad_payload(len(payload) - 1, payload[-1], "a high nibble of 0, which belongs to no parameter")
        data = np.frombuffer(payload, np.uint8)
        nibbles = np.stack([data & 0x0F, data >> 4], axis=1).reshape(-1)[:size].astype(np.int8)
        levels = (nibbles ^ 8) - 8
        require_levels(levels, INT4_LEVELS, self.layout)
        return dequantise(levels, self.layout, INT4_LEVELS)
