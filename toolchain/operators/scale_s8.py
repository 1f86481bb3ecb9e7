"""The last step of the int8 operators: what runtime/kernels/scale_s8.h is told of it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from toolchain.operators.base import Array, Constant, MacroTable
from toolchain.requant import Scaler

_LARGEST_INPUT: Final = 128
_NARROW: Final = (1 << 30) - 1
WORD: Final = 4
"""Bytes; rows of packed weights are filled up to whole ones."""
_PAIRED: Final = 256
"""What the DSP kernels multiply accumulators by (runtime/kernels/packing.h)."""


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


def largest_accumulators(bias: Array, weights: Array) -> npt.NDArray[np.int64]:
    """Bounds of |bias + sum(weights * inputs)| for int8 inputs, int64 [channels]; weights are [channels, taps]."""
    spread = np.abs(weights.astype(np.int64)).sum(axis=1) * _LARGEST_INPUT
    return np.asarray(np.abs(bias.astype(np.int64)) + spread)


def weight_tables(bias: Array, weights: Array) -> tuple[MacroTable | Array, dict[str, Constant]]:
    """Packed weights of a convolution or fully connected layer, and the fields that go with them.

    Args:
        bias: int32 [rows], the input's zero point in it.
        weights: int8 [rows, taps].
    """
    packed = packed_rows(weights)
    fields: dict[str, Constant] = {"row_bytes": packed.shape[1], "paired": int(_may_pair(bias, weights)), "bias": bias}
    if not fields["paired"]:
        return packed, fields
    low = packed[:, 1::2].sum(axis=1, dtype=np.int32)
    fields["bias"] = MacroTable("PERSONA_START", np.stack([bias, low], axis=1), np.dtype(np.int32), bias.size)
    return MacroTable("PERSONA_TAPS", packed.reshape(-1, WORD), np.dtype(np.int8), packed.size), fields


def _may_pair(bias: Array, weights: Array) -> bool:
    """Whether the DSP kernels' form holds: pairs of weights fit 16 bits, 256 times every accumulator fits 32."""
    pairs = packed_rows(weights).astype(np.int32).reshape(-1, 2)
    halves = pairs[:, 0] * _PAIRED + pairs[:, 1]
    largest = largest_accumulators(bias, weights)
    return bool(np.all(halves >= np.iinfo(np.int16).min) and np.all(largest < (1 << 31) // _PAIRED))


def packed_rows(weights: Array) -> Array:
    """int8 [rows, taps] as the kernels read it: each row filled up with zeros to whole words."""
    return np.pad(weights, ((0, 0), (0, -weights.shape[1] % WORD)))
