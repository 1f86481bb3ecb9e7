"""Requantisation: from an int32 accumulator to an int8 (or int16) value, exactly as the named contract does it.

`acc * M` with M = s_in * s_w / s_out is computed with M written as a Q31 multiplier q and a power of two e. Contracts
differ in how they round (docs/numerics.md): `TFLM` rounds twice, `LITERT` once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError

Ints = npt.NDArray[np.int64]

_ONE_Q31: Final = 1 << 31
_MIN_SHIFT: Final = -31
_LARGEST: Final = float(1 << 30)
INT8_MIN: Final = -128
INT8_MAX: Final = 127


class Rounding(Enum):
    """The contract of a bundle's integer operators; the value is the manifest's name."""

    TFLM = "tflm"
    LITERT = "litert"

    @property
    def code(self) -> int:
        """Number of the contract in C and on the wire."""
        return 0 if self is Rounding.TFLM else 1


def round_half_away(value: float) -> int:
    """C's `round`: to the nearest integer, ties away from zero."""
    return math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5)


def quantise_multiplier(real: float) -> tuple[int, int]:
    """Write `real` >= 0 as `q * 2**(e - 31)`: returns (q, e), q in [2**30, 2**31) or 0.

    Source: TensorFlow Lite's QuantizeMultiplier.

    Raises:
        ModelError: not a number, negative, or 2**30 and more, which no int32 accumulator survives.
    """
    if not 0 <= real < _LARGEST:
        raise ModelError("scales give a multiplier out of range", expected=f"0 to {_LARGEST:g}", received=f"{real:g}")
    if real == 0.0:
        return 0, 0
    mantissa, exponent = math.frexp(real)
    q = round_half_away(mantissa * _ONE_Q31)
    if q == _ONE_Q31:
        q //= 2
        exponent += 1
    if exponent < _MIN_SHIFT:
        return 0, 0
    return q, exponent


@dataclass(frozen=True, eq=False)
class Scaler:
    """Multipliers of one operator: `q` int32 and `e` int8, one of each, or one per output channel."""

    q: npt.NDArray[np.int32]
    e: npt.NDArray[np.int8]

    @classmethod
    def of(cls, reals: npt.NDArray[np.float64]) -> Scaler:
        """Scaler for real multipliers, float64 [n]."""
        pairs = [quantise_multiplier(float(real)) for real in reals]
        return cls(np.array([q for q, _ in pairs], np.int32), np.array([e for _, e in pairs], np.int8))

    def apply(self, acc: npt.NDArray[Any], rounding: Rounding) -> Ints:
        """Scale accumulators [..., n] (int32 range) to int64 of the same shape."""
        q, e = self.q.astype(np.int64), self.e.astype(np.int64)
        wide = acc.astype(np.int64)
        if rounding is Rounding.LITERT:
            shift = 31 - e
            return (wide * q + (np.int64(1) << (shift - 1))) >> shift
        return _double_rounding(wide, q, e)


def _wrap32(values: Ints) -> Ints:
    return values.astype(np.int32).astype(np.int64)


def _double_rounding(acc: Ints, q: Ints, e: Ints) -> Ints:
    """Saturating rounding doubling high multiply, then a rounding shift with ties away from zero."""
    left, right = np.maximum(e, 0), np.maximum(-e, 0)
    high = (_wrap32(acc << left) * q + (1 << 30)) >> 31
    return rounding_shift(high, right)


def rounding_shift(values: Ints, shift: Ints | int) -> Ints:
    """Divide by 2**shift, to the nearest, ties away from zero."""
    shifts = np.asarray(shift, np.int64)
    mask = (np.int64(1) << shifts) - 1
    threshold = (mask >> 1) + (values < 0)
    return (values >> shifts) + ((values & mask) > threshold)


def conv_scaler(in_scale: np.float32, weight_scales: npt.NDArray[np.float32], out_scale: np.float32) -> Scaler:
    """One multiplier per output channel: float32 scales, widened to double before they are multiplied."""
    return Scaler.of(np.float64(in_scale) * weight_scales.astype(np.float64) / np.float64(out_scale))


def activation_range(activation: str, scale: np.float32, zero_point: int, low: int, high: int) -> tuple[int, int]:
    """Clamp of a fused activation in the output's quantised units, within [low, high]."""

    def quantised(real: float) -> int:
        return zero_point + round_half_away(float(np.float32(real) / scale))

    if activation == "RELU":
        return max(low, quantised(0.0)), high
    if activation == "RELU6":
        return max(low, quantised(0.0)), min(high, quantised(6.0))
    if activation == "RELU_N1_TO_1":
        return max(low, quantised(-1.0)), min(high, quantised(1.0))
    return low, high
