"""Elementary functions in 32-bit fixed point, as TFLite Micro's int8 operators compute them (gemmlowp's fixedpoint.h).

Values are raw int32 numbers held in int64 arrays. `Qk` names a format with k integer bits: `raw * 2**(k - 31)`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from toolchain.requant import Ints, rounding_shift

ONE: Final = (1 << 31) - 1
"""The largest Q0 number stands for one."""

_QUARTER_Q0: Final = 1 << 29
_EXP_MINUS_EIGHTH: Final = 1895147668
_THIRD: Final = 715827883
_EXP_MINUS_POWERS: Final = ((-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308), (2, 39332535),
                            (3, 720401), (4, 242))  # fmt: skip
"""(k, exp(-2**k) in Q0)."""

_START_Q2: Final = 1515870810
_SLOPE_Q2: Final = -1010580540
_NEWTON_STEPS: Final = 3


def multiply(a: Ints | int, b: Ints | int) -> Ints:
    """High half of the doubled product, rounded, saturated: the product of Qm and Qn in Q(m+n)."""
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    high: Ints = np.minimum((product + (1 << 30)) >> 31, ONE)
    return high


def shift_left(a: Ints, bits: int) -> Ints:
    """`a * 2**bits`, saturated: from Q(k+bits) to Qk."""
    saturated: Ints = np.clip(a << bits, -(1 << 31), ONE)
    return saturated


def exp_negative(a: Ints, integer_bits: int) -> Ints:
    """exp(a) in Q0 for a <= 0 in Q(integer_bits), integer_bits <= 5.

    The fraction below a quarter goes into a Taylor series around -1/8, the rest into a product of constants.
    """
    quarter = 1 << (29 - integer_bits)
    fraction = (a & (quarter - 1)) - quarter
    result = _exp_around_eighth(fraction << integer_bits)
    rest = fraction - a
    for exponent, factor in _EXP_MINUS_POWERS:
        if exponent < integer_bits:
            bit = 1 << (31 - integer_bits + exponent)
            result = np.where(rest & bit, multiply(result, factor), result)
    return np.where(a == 0, ONE, result)


def _exp_around_eighth(a: Ints) -> Ints:
    """exp(a) for a in [-1/4, 0) in Q0."""
    x = a + (1 << 28)
    x2 = multiply(x, x)
    x3, x4 = multiply(x2, x), multiply(x2, x2)
    tail = rounding_shift(multiply(rounding_shift(x4, 2) + x3, _THIRD) + x2, 1)
    return _EXP_MINUS_EIGHTH + multiply(_EXP_MINUS_EIGHTH, x + tail)


def _newton(a: Ints) -> Ints:
    """2 / (1 + a) in Q2 for a in [0, 1] in Q0, by Newton's iteration."""
    total = a + ONE
    half = np.sign(total + (total == 0)) * ((np.abs(total) + 1) >> 1)
    x = _START_Q2 + multiply(half, _SLOPE_Q2)
    for _ in range(_NEWTON_STEPS):
        error = (1 << 29) - multiply(half, x)
        x = x + shift_left(multiply(x, error), 2)
    return x


def reciprocal_one_plus(a: Ints) -> Ints:
    """1 / (1 + a) in Q0 for a in [0, 1] in Q0."""
    return shift_left(_newton(a), 1)


def logistic(a: Ints, integer_bits: int) -> Ints:
    """1 / (1 + exp(-a)) in Q0 for a in Q(integer_bits)."""
    positive = reciprocal_one_plus(exp_negative(-np.abs(a), integer_bits))
    return np.where(a == 0, 1 << 30, np.where(a > 0, positive, ONE - positive))


def tanh(a: Ints, integer_bits: int) -> Ints:
    """Hyperbolic tangent in Q0 of a in Q(integer_bits)."""
    decayed = exp_negative(-np.abs(a), integer_bits + 1)
    size = shift_left(_newton(decayed) - (1 << 29), 2)
    return np.where(a == 0, 0, np.where(a > 0, size, -size))


def input_radius(integer_bits: int, left_shift: int) -> int:
    """The largest magnitude that stays within Q(integer_bits) after a multiplication by up to 2**left_shift."""
    largest = float(((1 << integer_bits) - 1) << (31 - integer_bits))
    return int(largest // 2.0**left_shift)
