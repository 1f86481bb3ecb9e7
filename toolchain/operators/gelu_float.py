"""GELU on float32, exact or by tanh: our own function, the same bits here as in the C kernels.

The exact one takes the tail of the error function from Abramowitz and Stegun, Handbook of Mathematical Functions,
7.1.26 (absolute error below 1.5e-7). TFLite Micro has no GELU; LiteRT's is within 1e-6 for |x| <= 8 (tests/toolchain).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.operators import float_math
from toolchain.operators.base import Array, Kernel, Lowering

_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1.0)
_ROOT_HALF: Final = np.float32(0.70710678)
_NEAR: Final = np.float32(0.3275911)
_TAIL: Final = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ROOT_2_PER_PI: Final = np.float32(0.79788456)
_CUBIC: Final = np.float32(0.044715)


def lower(low: Lowering) -> Kernel:
    """Lower one float GELU."""
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)
    approximate = bool(low.op.options["approximate"])
    function = by_tanh if approximate else exact

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        with np.errstate(all="ignore"):
            return (function(values[0]),)

    name = "gelu_tanh_f32" if approximate else "gelu_f32"
    args = {"elements": out.elements}
    return Kernel(low.op.index, name, (x.index, out.index), (out.index,), run, args, in_place=0)


def exact(x: Array) -> Array:
    """`x / 2 * (1 + erf(x / sqrt(2)))`."""
    z = np.abs(x) * _ROOT_HALF
    t = _ONE / (_ONE + _NEAR * z)
    p = np.full_like(t, np.float32(_TAIL[0]))
    for coefficient in _TAIL[1:]:
        p = p * t + np.float32(coefficient)
    tail = _HALF * (p * t * float_math.exp(-(z * z)))
    return np.asarray(np.where(x < 0, x * tail, x * (_ONE - tail)), np.float32)


def by_tanh(x: Array) -> Array:
    """`x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))`."""
    inner = _ROOT_2_PER_PI * (x + _CUBIC * (x * x * x))
    return np.asarray(_HALF * x * (_ONE + float_math.tanh(inner)), np.float32)
