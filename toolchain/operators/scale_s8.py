"""The last step of the int8 operators: what runtime/kernels/scale_s8.h is told of it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from toolchain.operators.base import Array, Constant
from toolchain.requant import Scaler

_LARGEST_INPUT: Final = 128
_NARROW: Final = (1 << 30) - 1
_WORD: Final = 4


def scale_args(scaler: Scaler, zero: int, act_min: int, act_max: int, largest: Array) -> dict[str, Constant]:
    """Fields of `persona_scale_s8`; `largest` are bounds of the accumulators' magnitudes, int64 [channels]."""
    q, e = scaler.q, scaler.e
    alike = bool(np.all(q == q[0]) and np.all(e == e[0]))
    left = np.maximum(e.astype(np.int64), 0)
    return {
        "multiplier": q[:1] if alike else q,
        "shift": e[:1] if alike else e,
        "step": 0 if alike else 1,
        "shift_min": int(e.min()),
        "shift_max": int(e.max()),
        "narrow": int(np.all(largest <= _NARROW >> left)),
        "zero": zero,
        "act_min": act_min,
        "act_max": act_max,
    }


def bias_args(bias: Array) -> dict[str, Constant]:
    """Fields of `persona_bias_s8`: int32 biases in as few bytes as hold the largest of them."""
    low = bias.astype(np.int16)
    high = (bias.astype(np.int64) - low) >> 16
    if np.any(high != high.astype(np.int8)):
        return {"whole": bias, "low": None, "high": None}
    return {"whole": None, "low": low, "high": high.astype(np.int8) if np.any(high) else None}


def largest_accumulators(bias: Array, weights: Array) -> npt.NDArray[np.int64]:
    """Bounds of |bias + sum(weights * inputs)| for int8 inputs, int64 [channels]; weights are [channels, taps]."""
    spread = np.abs(weights.astype(np.int64)).sum(axis=1) * _LARGEST_INPUT
    return np.asarray(np.abs(bias.astype(np.int64)) + spread)


def packed_rows(weights: Array) -> Array:
    """int8 [rows, taps] as the kernels read it: each row filled up with zeros to whole words."""
    return np.pad(weights, ((0, 0), (0, -weights.shape[1] % _WORD)))
