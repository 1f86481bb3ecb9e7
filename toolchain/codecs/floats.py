"""The codecs `f32` and `f16`: the delta as floats, which a device takes if they are finite and within T."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from toolchain.codecs.base import Fault, PayloadError, place, require_length
from toolchain.errors import EditError
from toolchain.layout import Layout, Vector

F16_MOST: Final = np.float32(65520)
"""From here on the nearest binary16 is infinity."""

_EXPONENT: Final = 0x7F80_0000
_MAGNITUDE: Final = 0x7FFF_FFFF
_EXPONENT_16: Final = 0x7C00
_Bits = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class F32:
    """Four bytes a parameter: the delta as it is."""

    layout: Layout

    def encode(self, clipped: Vector) -> bytes:
        """The floats, little-endian."""
        return clipped.astype("<f4").tobytes()

    def decode(self, payload: bytes) -> Vector:
        """The floats again; see `Coder`."""
        require_length(payload, 4 * self.layout.size)
        return _judged(np.frombuffer(payload, "<u4").astype(np.uint32), self.layout)


@dataclass(frozen=True)
class F16:
    """Two bytes a parameter: the nearest binary16 that does not exceed T."""

    layout: Layout

    def encode(self, clipped: Vector) -> bytes:
        """The nearest values; where rounding to nearest would exceed T, the next one towards zero."""
        if np.any(np.abs(clipped) >= F16_MOST):
            raise EditError(
                "codec f16 cannot hold this edit",
                expected=f"|delta| below {F16_MOST:g}",
                received=f"{np.abs(clipped).max():g}",
                remedy="choose codec f32",
            )
        near = clipped.astype(np.float16)
        beyond = np.abs(near.astype(np.float32)) > self.layout.clip_vector
        return (near.view(np.uint16) - beyond.astype(np.uint16)).astype("<u2").tobytes()

    def decode(self, payload: bytes) -> Vector:
        """The values as float32, exactly; see `Coder`."""
        require_length(payload, 2 * self.layout.size)
        return _judged(_widened(np.frombuffer(payload, "<u2").astype(np.uint16)), self.layout)


def _widened(half: npt.NDArray[np.uint16]) -> _Bits:
    """Bits of binary16 to bits of float32; NaN keeps its payload, which no conversion instruction promises."""
    bits = half.astype(np.uint32)
    special = (bits & 0x8000) << 16 | _EXPONENT | (bits & 0x03FF) << 13
    with np.errstate(invalid="ignore"):
        usual = half.view(np.float16).astype(np.float32).view(np.uint32)
    return np.where((bits & _EXPONENT_16) == _EXPONENT_16, special, usual).astype(np.uint32)


def _judged(bits: _Bits, layout: Layout) -> Vector:
    """The floats with these bits: finite first, then within T, as the device looks at them."""
    values: Vector = bits.view(np.float32)
    require_finite(values, layout)
    _require_within(values, layout)
    return values


def require_finite(values: Vector, layout: Layout) -> None:
    """Refuse NaN and infinity, float32 [size].

    Raises:
        PayloadError: NOT_FINITE, with the index of the first.
    """
    bits = values.view(np.uint32)
    wild = np.flatnonzero((bits & _EXPONENT) == _EXPONENT)
    if wild.size:
        first = int(wild[0])
        raise PayloadError(
            f"the edit holds {wild.size} value(s) that are not finite, first in {place(first, layout)}",
            Fault.NOT_FINITE,
            (first, int(bits[first])),
            expected="finite numbers",
            received=str(values[first]),
            remedy="look at what made the edit: its context or its editor is damaged",
        )


def _require_within(values: Vector, layout: Layout) -> None:
    bits = values.view(np.uint32)
    outside = np.flatnonzero((bits & _MAGNITUDE) > layout.clip_vector.view(np.uint32))
    if outside.size:
        first = int(outside[0])
        raise PayloadError(
            f"the edit leaves the clip ball in {outside.size} place(s), first in {place(first, layout)}",
            Fault.OUT_OF_BOUNDS,
            (first, int(bits[first])),
            expected=f"|delta| <= T = {layout.clip_vector[first]}",
            received=str(values[first]),
            remedy="make the edit with encode_edit, which clips",
        )
