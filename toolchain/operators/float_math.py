"""exp, tanh, logistic and log in float32: the same bits here as in `runtime/kernels/float_math.h`, on every machine.

Each is a polynomial with its own coefficients (least maximal error, found in 40 digits) and one fixed order of float32
operations. Their errors are in docs/numerics.md. Square roots are correctly rounded on both sides.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1.0)
_TWO: Final = np.float32(2.0)

_EXP_LOWEST: Final = np.float32(float.fromhex("-0x1.5d589ep+6"))
_EXP_HIGHEST: Final = np.float32(float.fromhex("0x1.62e430p+6"))
_PER_LN2: Final = np.float32(float.fromhex("0x1.715476p+0"))
_LN2_HIGH: Final = np.float32(float.fromhex("0x1.630000p-1"))
_LN2_LOW: Final = np.float32(float.fromhex("-0x1.bd0106p-13"))
_EXP: Final = ("0x1.6db676p-10", "0x1.123d00p-7", "0x1.55545cp-5", "0x1.55548cp-3", "0x1.000000p-1")

_TANH_SMALL: Final = np.float32(0.625)
_TANH: Final = ("-0x1.6f41eep-8", "0x1.50b822p-6", "-0x1.b806a4p-5", "0x1.1105a2p-3", "-0x1.55552cp-2")

_ROOT_HALF_BITS: Final = 0x3F3504F3
_LOG: Final = (
    "0x1.1b40e4p-4", "-0x1.e2e918p-4", "0x1.e6512ep-4", "-0x1.fb434ep-4", "0x1.2332b8p-3", "-0x1.5562e2p-3",
    "0x1.99a546p-3", "-0x1.ffffeep-3", "0x1.555546p-2",
)  # fmt: skip


def _polynomial(coefficients: tuple[str, ...], x: Floats) -> Floats:
    """Horner's rule, highest power first."""
    value = np.full_like(x, np.float32(float.fromhex(coefficients[0])))
    for coefficient in coefficients[1:]:
        value = value * x + np.float32(float.fromhex(coefficient))
    return value


def _power_of_two(exponent: npt.NDArray[np.int32]) -> Floats:
    powers: Floats = ((exponent + 127) << 23).astype(np.int32).view(np.float32)
    return powers


def exp(x: Floats) -> Floats:
    """e**x; 0 where the result would be less than the smallest normal number."""
    inside = (x > _EXP_LOWEST) & (x <= _EXP_HIGHEST)
    safe = np.where(inside, x, np.float32(0))
    y = safe * _PER_LN2
    n = (y + np.where(y < 0, -_HALF, _HALF)).astype(np.int32)
    k = n.astype(np.float32)
    r = (safe - k * _LN2_HIGH) - k * _LN2_LOW
    value = (r * r) * _polynomial(_EXP, r) + r + _ONE
    half = (np.sign(n) * (np.abs(n) >> 1)).astype(np.int32)
    with np.errstate(over="ignore"):
        value = value * _power_of_two(half) * _power_of_two(n - half)
    outside = np.where(x > _EXP_HIGHEST, np.float32(np.inf), np.where(np.isnan(x), x, np.float32(0)))
    result: Floats = np.where(inside, value, outside)
    return result


def tanh(x: Floats) -> Floats:
    """Hyperbolic tangent."""
    size = np.abs(x)
    small = size < _TANH_SMALL
    near = np.where(small, x, np.float32(0))
    square = near * near
    polynomial = near + near * square * _polynomial(_TANH, square)
    far = _ONE - _TWO / (exp(_TWO * size) + _ONE)
    result: Floats = np.where(small, polynomial, np.copysign(far, x))
    return result


def logistic(x: Floats) -> Floats:
    """1 / (1 + e**-x)."""
    return _ONE / (_ONE + exp(-x))


def log(x: Floats) -> Floats:
    """Natural logarithm; -inf of 0, NaN of negative numbers."""
    tiny = x < np.float32(2.0**-126)
    scaled = np.where(tiny, x * np.float32(2.0**23), x)
    usable = (x > 0) & (x < np.float32(np.inf))
    bits = np.where(usable, scaled, _ONE).view(np.int32)
    exponent = (bits - _ROOT_HALF_BITS) >> 23
    f = (bits - (exponent << 23)).astype(np.int32).view(np.float32) - _ONE
    k = (exponent - np.where(tiny & usable, 23, 0)).astype(np.float32)
    square = f * f
    value = f * square * _polynomial(_LOG, f) + k * _LN2_LOW
    value = value - _HALF * square + f + k * _LN2_HIGH
    special = np.where(x == 0, np.float32(-np.inf), np.where(x < 0, np.float32(np.nan), x))
    result: Floats = np.where(usable, value, special)
    return result


def largest(x: Floats) -> Floats:
    """The largest element of each row, as a comparison loop finds it (NaN is never larger), keeping the dimension."""
    lowest = np.float32(np.finfo(np.float32).min)
    result: Floats = np.where(np.isnan(x), lowest, x).max(axis=-1, keepdims=True, initial=lowest)
    return result
