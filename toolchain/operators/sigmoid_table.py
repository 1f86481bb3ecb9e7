"""Logistic and hyperbolic tangent of int16 by one table: the same bits as `runtime/kernels/sigmoid_table.h` and TFLM.

Entry i is logistic(i / 24) in units of 2**-16. Between entries the operators interpolate; the logistic bends downwards,
so that every entry is raised by half of the chord's largest error, h**2 / 16 times the second derivative. The last
entry is the largest number there is.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from toolchain.requant import Ints

_PER_UNIT: Final = 24
_LAST: Final = 255


def _entry(i: int) -> int:
    s = 1.0 / (1.0 + math.exp(-i / _PER_UNIT))
    bend = s * (1.0 - s) * (1.0 - 2.0 * s)
    return math.floor(65536.0 * (s - bend / (16.0 * _PER_UNIT**2)) + 0.5)


TABLE: Final[npt.NDArray[np.int64]] = np.array([*(_entry(i) for i in range(_LAST)), 65535], np.int64)


def argument(x: npt.NDArray[np.int16], multiplier: int, shift: int) -> Ints:
    """The operand of the table: 3 * x * 2**12 times x's unit, rounded."""
    half = 1 << (shift - 1) if shift > 0 else 0
    return (x.astype(np.int64) * multiplier + half) >> shift


def scale(unit_power: int) -> tuple[int, int]:
    """Multiplier and shift for int16 values with the unit 2**unit_power."""
    left = unit_power + 12
    return (3 << left, 0) if left >= 0 else (3, -left)


def _between(size: Ints, bits: int, saturated: int) -> Ints:
    entry = np.minimum(size >> bits, _LAST - 1)
    step = TABLE[entry + 1] - TABLE[entry]
    value = (TABLE[entry] << bits) + (size & ((1 << bits) - 1)) * step
    return np.where(size >> bits >= _LAST, saturated, value)


def logistic(arg: Ints) -> npt.NDArray[np.int16]:
    """Logistic of `argument`'s result, int16 with 15 bits behind the point."""
    value = _between(np.abs(arg), 9, 0x7FFF << 10)
    return (np.where(arg >= 0, value + 512, (1 << 25) - value + 511) >> 10).astype(np.int16)


def tanh(arg: Ints) -> npt.NDArray[np.int16]:
    """Hyperbolic tangent of `argument`'s result, int16 with 15 bits behind the point."""
    value = _between(np.abs(arg), 8, 0xFFFF << 8) - (1 << 23)
    return (np.where(arg >= 0, value + 128, 127 - value) >> 8).astype(np.int16)
