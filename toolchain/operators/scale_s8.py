"""The last step of the int8 operators: what runtime/kernels/scale_s8.h is told of it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from toolchain.operators.base import Array, Constant, MacroTable
from toolchain.requant import Scaler

_LARGEST_INPUT: Final = 128
_DEEPEST: Final = -22
"""Beyond this shift a zero point in an accumulator's units leaves int32."""
_NARROW: Final = (1 << 30) - 1
WORD: Final = 4
"""Bytes; rows of packed weights are filled up to whole ones."""
_PAIRED: Final = 256
_FLIP: Final = 127
"""What the DSP kernels multiply accumulators by, and sums of low weights (runtime/kernels/packing.h)."""


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
        "quick": int(alike and _DEEPEST <= int(e[0]) <= 0),
        "narrow": int(np.all(largest <= _NARROW >> left)),
        "zero": zero,
        "act_min": act_min,
        "act_max": act_max,
    }


def bias_args(bias: Array, dsp: Array | None = None) -> dict[str, Constant]:
    """Fields of `persona_bias_s8`: int32 biases in as few bytes as hold the largest of them.

    Args:
        bias: the biases.
        dsp: what the kernels with the DSP extension take in their place.
    """
    both = np.stack([bias if dsp is None else dsp, bias], axis=1).astype(np.int64)
    low = both.astype(np.int16)
    high = (both - low) >> 16

    def table(rows: Array, element: type[np.generic]) -> Constant:
        return rows[:, 0].astype(element) if dsp is None else _by_class(rows, element)

    if np.any(high != high.astype(np.int8)):
        return {"whole": table(both, np.int32), "low": None, "high": None}
    return {"whole": None, "low": table(low, np.int16), "high": table(high, np.int8) if np.any(high) else None}


def _by_class(rows: Array, element: type[np.generic]) -> MacroTable:
    """A table of what DSP kernels take, and of what others do: [elements, 2]."""
    return MacroTable("PERSONA_DSP_OR", rows, np.dtype(element), len(rows))


def largest_accumulators(bias: Array, weights: Array) -> npt.NDArray[np.int64]:
    """Bounds of |bias + sum(weights * inputs)| for int8 inputs, int64 [channels]; weights are [channels, taps]."""
    spread = np.abs(weights.astype(np.int64)).sum(axis=1) * _LARGEST_INPUT
    return np.asarray(np.abs(bias.astype(np.int64)) + spread)


def weight_tables(bias: Array, weights: Array) -> tuple[MacroTable | Array, dict[str, Constant]]:
    """Packed weights of a convolution, and the fields that go with them.

    Args:
        bias: int32 [rows], the input's zero point in it.
        weights: int8 [rows, taps].
    """
    packed, paired, low = _packed(bias, weights)
    start = _by_class(np.stack([_PAIRED * bias - _FLIP * low, bias], axis=1), np.int32) if paired else bias
    return packed, {"row_bytes": -(-weights.shape[1] // WORD) * WORD, "paired": int(paired), "bias": start}


def dense_tables(bias: Array, weights: Array) -> tuple[MacroTable | Array, dict[str, Constant]]:
    """The same of a fully connected layer: biases in few bytes, for DSP kernels with the whole part of what is added.

    The rest, less than a unit, is cut off with the sum's last eight bits.
    """
    packed, paired, low = _packed(bias, weights)
    start = bias_args(bias, bias - (_FLIP * low >> _PAIRED.bit_length() - 1) if paired else None)
    return packed, {"row_bytes": -(-weights.shape[1] // WORD) * WORD, "paired": int(paired), "bias": start}


def _packed(bias: Array, weights: Array) -> tuple[MacroTable | Array, bool, Array]:
    """Rows of whole words, whether DSP kernels hold them in pairs, and for each row the sum of what is then low."""
    packed = packed_rows(weights)
    low = packed[:, 1::2].sum(axis=1, dtype=np.int32)
    if not _may_pair(bias, weights):
        return packed, False, low
    return MacroTable("PERSONA_TAPS", packed.reshape(-1, WORD), np.dtype(np.int8), packed.size), True, low


def _may_pair(bias: Array, weights: Array) -> bool:
    """Whether the DSP kernels' form holds: pairs of weights fit 16 bits, 256 times every accumulator fits 32."""
    pairs = packed_rows(weights).astype(np.int32).reshape(-1, 2)
    halves = pairs[:, 0] * _PAIRED + pairs[:, 1]
    largest = largest_accumulators(bias, weights)
    return bool(np.all(halves >= np.iinfo(np.int16).min) and np.all(largest < (1 << 31) // _PAIRED))


def packed_rows(weights: Array) -> Array:
    """int8 [rows, taps] as the kernels read it: each row filled up with zeros to whole words."""
    return np.pad(weights, ((0, 0), (0, -weights.shape[1] % WORD)))
