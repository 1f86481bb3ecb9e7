"""UNIDIRECTIONAL_SEQUENCE_LSTM without peepholes, projection and layer normalisation: int8 with an int16 cell, float32.

Hidden and cell state are variables: they go on from one inference to the next, as in TFLite Micro. The integer form
computes its gates in Q3.12 and their activations in Q0.15 by table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from toolchain.graph import DType, Tensor
from toolchain.operators import float_math, sigmoid_table
from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler

_WEIGHTS, _RECURRENT, _BIASES = range(1, 5), range(5, 9), range(12, 16)
"""Inputs of the gates: input, forget, cell, output."""

_UNKNOWN: Final = {
    "peephole connections": (9, 10, 11),
    "a projection": (16, 17),
    "layer normalisation": (20, 21, 22, 23),
}
_HIDDEN, _CELL = 18, 19
_CELL_GATE: Final = 2
_GATE_SCALE: Final = 2.0**-12
_Q15: Final = 2.0**-15
_POWERS: Final = (-15, 0)


@dataclass(frozen=True)
class _Sizes:
    batches: int
    steps: int
    inputs: int
    units: int
    batch_stride: int
    step_stride: int


def lower(low: Lowering) -> Kernel:
    """Lower one UNIDIRECTIONAL_SEQUENCE_LSTM on x [batches, steps, inputs], time-major on [steps, batches, inputs]."""
    for what, positions in _UNKNOWN.items():
        if any(low.optional(p) is not None for p in positions):
            raise low.unsupported(what)
    if low.op.options["activation"] != "TANH":
        raise low.unsupported(f"activation {low.op.options['activation']} of the cell")
    hidden, cell = low.tensor(_HIDDEN), low.tensor(_CELL)
    if not hidden.variable or not cell.variable:
        raise low.unsupported("states that are no variable tensors")
    sizes = _sizes(low, hidden, cell)
    types = (low.tensor(0).dtype, *(low.tensor(p).dtype for p in (*_WEIGHTS, *_RECURRENT)), hidden.dtype, cell.dtype)
    if types == (DType.INT8,) * 10 + (DType.INT16,) and low.output.dtype is DType.INT8:
        return _int8(low, sizes)
    if {*types, low.output.dtype} == {DType.FLOAT32}:
        return _float32(low, sizes)
    raise low.unsupported(f"element types {sorted({t.value for t in types})}")


def _sizes(low: Lowering, hidden: Tensor, cell: Tensor) -> _Sizes:
    shape, time_major = low.tensor(0).shape, bool(low.op.options["time_major"])
    if len(shape) != 3 or len(low.tensor(1).shape) != 2:  # noqa: PLR2004  # sequence, matrix
        raise low.unsupported(f"an input of shape {shape}")
    steps, batches = shape[:2] if time_major else shape[1::-1]
    inputs, units = shape[2], low.tensor(1).shape[0]
    fits = all(low.tensor(p).shape == (units, inputs) for p in _WEIGHTS)
    fits &= all(low.tensor(p).shape == (units, units) for p in _RECURRENT)
    fits &= all(low.constant(p).size == units for p in _BIASES)
    fits &= hidden.elements == cell.elements == batches * units and low.output.elements == steps * batches * units
    if not fits:
        raise low.unsupported("tensors whose shapes do not fit each other")
    strides = (1, batches) if time_major else (steps, 1)
    return _Sizes(batches, steps, inputs, units, *strides)


Step = Callable[[Array, Array, Array, Sequence[Array]], tuple[Array, Array]]
"""Input, hidden state, cell state and the eight weights to new states."""


def _run(low: Lowering, sizes: _Sizes, step: Step) -> Run:
    hidden_shape, cell_shape = low.tensor(_HIDDEN).shape, low.tensor(_CELL).shape
    time_major, out_shape = bool(low.op.options["time_major"]), low.output.shape

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x, weights = values[0], values[1:9]
        hidden, cell = (state.reshape(sizes.batches, sizes.units) for state in values[9:])
        outputs = []
        for t in range(sizes.steps):
            hidden, cell = step(x[t] if time_major else x[:, t], hidden, cell, weights)
            outputs.append(hidden)
        out = np.stack(outputs, 0 if time_major else 1).reshape(out_shape)
        return out, hidden.reshape(hidden_shape), cell.reshape(cell_shape)

    return run


def _kernel(low: Lowering, sizes: _Sizes, function: str, step: Step, args: dict[str, Constant]) -> Kernel:
    states = (low.op.inputs[_HIDDEN], low.op.inputs[_CELL])
    operands = (*(low.op.inputs[p] for p in (0, *_WEIGHTS, *_RECURRENT)), low.output.index, *states)
    return Kernel(
        low.op.index,
        function,
        operands,
        (low.output.index,),
        _run(low, sizes, step),
        {**vars(sizes), **args},
        sizes.steps * sizes.batches * 4 * sizes.units * (sizes.inputs + sizes.units),
        scratch_bytes=4 * sizes.units * low.tensor(_CELL).dtype.itemsize,
        states=states,
    )


def _clamp16(values: Array) -> Array:
    return np.clip(values, -32768, 32767)


def _gate_scaler(low: Lowering, source: Tensor, positions: Sequence[int]) -> Scaler:
    products = [float(source.scale_zero[0]) * float(low.tensor(p).scale_zero[0]) for p in positions]
    return Scaler.of(np.array(products) / _GATE_SCALE)


def _offsets(low: Lowering, zero: int, positions: Sequence[int]) -> Array:
    """What an input's zero point adds to the sums of each gate, int64 [4, units]."""
    if any(low.tensor(p).scale_zero[1] for p in positions):
        raise low.unsupported("weights without a symmetric quantisation")
    return np.stack([-zero * low.constant(p).astype(np.int64).sum(axis=1) for p in positions])


def _one(real: float) -> Scaler:
    return Scaler.of(np.array([real]))


def _int8(low: Lowering, sizes: _Sizes) -> Kernel:
    x, hidden_state = low.tensor(0), low.tensor(_HIDDEN)
    hidden_scale, hidden_zero = hidden_state.scale_zero
    cell_scale, _ = low.tensor(_CELL).scale_zero
    power = round(math.log2(cell_scale)) if cell_scale > 0 else 1
    if not _POWERS[0] <= power <= _POWERS[1] or abs(math.log2(cell_scale) - power) > 1e-3:  # noqa: PLR2004  # TFLM's
        raise low.unsupported(f"a cell scale of {cell_scale}, which is no power of two")
    fed, kept = _gate_scaler(low, x, _WEIGHTS), _gate_scaler(low, hidden_state, _RECURRENT)
    biases = np.stack([low.constant(p).reshape(-1).astype(np.int64) for p in _BIASES])
    fed_bias = (biases + _offsets(low, x.scale_zero[1], _WEIGHTS)).astype(np.int32)
    kept_bias = _offsets(low, hidden_zero, _RECURRENT).astype(np.int32)
    forget = _one(_Q15 * float(cell_scale) / float(cell_scale))
    update = _one(_Q15 * _Q15 / float(cell_scale))
    shown = _one(_Q15 * _Q15 / float(hidden_scale))
    clip = float(low.op.options["cell_clip"])
    limit = min(int(clip / float(cell_scale)), 32767) if clip > 0 else 0
    multiplier, shift = sigmoid_table.scale(power)

    def gate(data: Array, weights: Sequence[Array], bias: Array, scaler: Scaler, place: int) -> Array:
        acc = data.astype(np.int64) @ weights[place].astype(np.int64).T + bias[place]
        one = Scaler(scaler.q[place : place + 1], scaler.e[place : place + 1])
        return _clamp16(one.apply(acc, low.rounding))

    def step(now: Array, hidden: Array, cell: Array, weights: Sequence[Array]) -> tuple[Array, Array]:
        gates = []
        for g in range(4):
            total = gate(now, weights[:4], fed_bias, fed, g) + gate(hidden, weights[4:], kept_bias, kept, g)
            argument = sigmoid_table.argument(_clamp16(total), 3, 0)
            gates.append((sigmoid_table.tanh if g == _CELL_GATE else sigmoid_table.logistic)(argument).astype(np.int64))
        old = _clamp16(forget.apply(gates[1] * cell.astype(np.int64), low.rounding))
        new = _clamp16(old + _clamp16(update.apply(gates[0] * gates[_CELL_GATE], low.rounding)))
        new = np.clip(new, -limit, limit) if limit else new
        size = sigmoid_table.tanh(sigmoid_table.argument(new, multiplier, shift)).astype(np.int64)
        value = shown.apply(size * gates[3], low.rounding) + hidden_zero
        return np.clip(value, INT8_MIN, INT8_MAX).astype(np.int8), new.astype(np.int16)

    args: dict[str, Any] = {
        "hidden_zero": hidden_zero,
        "cell_min": -limit if limit else -32768,
        "cell_max": limit or 32767,
        "tanh_multiplier": multiplier,
        "tanh_shift": shift,
        "input_bias": fed_bias,
        "input_multiplier": fed.q,
        "input_shift": fed.e,
        "recurrent_bias": kept_bias,
        "recurrent_multiplier": kept.q,
        "recurrent_shift": kept.e,
    }
    for name, scaler in (("forget", forget), ("update", update), ("hidden", shown)):
        args |= {f"{name}_multiplier": int(scaler.q[0]), f"{name}_shift": int(scaler.e[0])}
    return _kernel(low, sizes, "lstm_s8", step, args)


def _float32(low: Lowering, sizes: _Sizes) -> Kernel:
    bias = np.stack([low.constant(p).reshape(-1).astype(np.float32) for p in _BIASES])
    clip = float(low.op.options["cell_clip"])
    limit = np.float32(clip if clip > 0 else np.finfo(np.float32).max)

    def dot(data: Array, weights: Array) -> Array:
        acc = np.zeros((sizes.batches, sizes.units), np.float32)
        for k in range(data.shape[1]):  # the order of the C kernel
            acc += data[:, k : k + 1] * weights[:, k]
        return acc

    def step(now: Array, hidden: Array, cell: Array, weights: Sequence[Array]) -> tuple[Array, Array]:
        sums = [(dot(now, weights[g]) + bias[g]) + dot(hidden, weights[4 + g]) for g in range(4)]
        gates = [(float_math.tanh if g == _CELL_GATE else float_math.logistic)(s) for g, s in enumerate(sums)]
        new = np.clip(gates[1] * cell + gates[0] * gates[_CELL_GATE], -limit, limit)
        return float_math.tanh(new) * gates[3], new

    args: dict[str, Constant] = {"cell_clip": float(limit), "bias": bias}
    return _kernel(low, sizes, "lstm_f32", step, args)
