"""SVDF: filters that keep their last features in a variable and weigh them in time.

int8 with int16 or int8 state, and float32. TFLM's integer forms ignore a fused activation, and clip a feature before
its zero point is added, so that the sum may wrap round: here it does too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from toolchain.graph import ABSENT, DType
from toolchain.operators.base import Array, Kernel, Lowering, Run, clamp, float_range
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler

_FLOAT_ACTIVATIONS = {"NONE", "RELU", "RELU6", "RELU_N1_TO_1"}


@dataclass(frozen=True)
class _Sizes:
    batches: int
    inputs: int
    units: int
    rank: int
    memory: int

    @property
    def macs(self) -> int:
        return self.batches * self.units * self.rank * (self.inputs + self.memory)


def lower(low: Lowering) -> Kernel:
    """Lower one SVDF: x [batches, inputs], weights [filters, inputs], in time [filters, memory], bias, state."""
    x, weights, in_time, state = (low.tensor(i) for i in (0, 1, 2, 4))
    if not state.variable:
        raise low.unsupported("a state that is no variable tensor")
    rank = int(low.op.options["rank"])
    filters = weights.shape[0]
    sizes = _Sizes(x.shape[0], x.shape[-1], filters // max(rank, 1), rank, in_time.shape[-1])
    fits = rank > 0 and filters % rank == 0 and sizes.memory > 0
    if not fits or weights.elements != filters * sizes.inputs or in_time.elements != filters * sizes.memory:
        raise low.unsupported(f"{filters} filters of rank {rank} on {x.shape}, {in_time.shape} in time")
    if state.elements != sizes.batches * filters * sizes.memory or low.output.elements != sizes.batches * sizes.units:
        raise low.unsupported(f"a state of {state.shape} and an output of {low.output.shape}")
    bias = low.optional(3)
    if bias is not None and bias.elements != sizes.units:
        raise low.unsupported(f"a bias of {bias.elements} for {sizes.units} units")
    types = (x.dtype, weights.dtype, in_time.dtype, state.dtype, low.output.dtype)
    byte, wide, real = DType.INT8, DType.INT16, DType.FLOAT32
    if types in {(byte, byte, byte, byte, byte), (byte, byte, wide, wide, byte)}:
        return _integer(low, sizes)
    if types == (real,) * 5:
        return _float32(low, sizes)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _kernel(low: Lowering, sizes: _Sizes, function: str, run: Run, args: dict[str, int | float]) -> Kernel:
    bias, out, state = low.optional(3), low.output, low.tensor(4)
    operands = (*low.op.inputs[:3], bias.index if bias else ABSENT, out.index, state.index)
    args = {**vars(sizes), **args}
    states = (state.index,)
    return Kernel(low.op.index, function, operands, (out.index,), run, args, sizes.macs, states=states)


def _wrapped(values: Array) -> Array:
    wrapped: Array = values.astype(np.int32).astype(np.int64)
    return wrapped


def _run(low: Lowering, sizes: _Sizes, feature_of: Callable[..., Array], output_of: Callable[..., Array]) -> Run:
    """The steps that all forms share: shift, append, weigh in time, sum over the ranks."""
    state_shape, out_shape = low.tensor(4).shape, low.output.shape

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        x, weights, in_time, bias, state = values
        kept = state.reshape(sizes.batches, sizes.units * sizes.rank, sizes.memory).copy()
        kept[:, :, :-1] = kept[:, :, 1:].copy()
        kept[:, :, -1] = feature_of(x.reshape(sizes.batches, -1), weights)
        out = output_of(kept, in_time, bias if bias.size else np.zeros(sizes.units, np.int32))
        return out.reshape(out_shape), kept.reshape(state_shape)

    return run


def _integer(low: Lowering, sizes: _Sizes) -> Kernel:
    (in_scale, in_zero), (weight_scale, _), (time_scale, _), (state_scale, state_zero) = (
        low.tensor(i).scale_zero for i in (0, 1, 2, 4)
    )
    out_scale, out_zero = low.output.scale_zero
    feature = Scaler.of(np.array([float(in_scale) * float(weight_scale) / float(state_scale)]))
    time = Scaler.of(np.array([float(state_scale) * float(time_scale) / float(out_scale)]))
    limits = np.iinfo(low.tensor(4).dtype.numpy)

    def feature_of(x: Array, weights: Array) -> Array:
        acc = (x.astype(np.int64) - in_zero) @ weights.astype(np.int64).T
        clipped = np.clip(feature.apply(acc, low.rounding), limits.min, limits.max)
        return (clipped + state_zero).astype(limits.dtype)

    def output_of(kept: Array, in_time: Array, bias: Array) -> Array:
        acc = ((kept.astype(np.int64) - state_zero) * in_time.astype(np.int64)).sum(axis=2)
        acc = acc.reshape(sizes.batches, sizes.units, sizes.rank).sum(axis=2) + bias.reshape(-1).astype(np.int64)
        return clamp(time.apply(_wrapped(acc), low.rounding) + out_zero, INT8_MIN, INT8_MAX, np.int8)

    args: dict[str, int | float] = {
        "in_zero": in_zero,
        "state_zero": state_zero,
        "out_zero": out_zero,
        "state_min": int(limits.min),
        "state_max": int(limits.max),
        "feature_multiplier": int(feature.q[0]),
        "feature_shift": int(feature.e[0]),
        "time_multiplier": int(time.q[0]),
        "time_shift": int(time.e[0]),
    }
    function = f"svdf_s{low.tensor(4).dtype.itemsize * 8}"
    return _kernel(low, sizes, function, _run(low, sizes, feature_of, output_of), args)


def _float32(low: Lowering, sizes: _Sizes) -> Kernel:
    activation = str(low.op.options["activation"])
    if activation not in _FLOAT_ACTIVATIONS:
        raise low.unsupported(f"activation {activation}")
    lowest, highest = float_range(activation)

    def feature_of(x: Array, weights: Array) -> Array:
        acc = np.zeros((sizes.batches, sizes.units * sizes.rank), np.float32)
        for k in range(sizes.inputs):  # the order of the C kernel
            acc += weights[:, k] * x[:, k : k + 1]
        return acc

    def output_of(kept: Array, in_time: Array, bias: Array) -> Array:
        parts = np.zeros(kept.shape[:2], np.float32)
        for k in range(sizes.memory):
            parts += in_time[:, k] * kept[:, :, k]
        ranks = parts.reshape(sizes.batches, sizes.units, sizes.rank)
        acc = np.repeat(bias.reshape(1, -1).astype(np.float32), sizes.batches, axis=0)
        for k in range(sizes.rank):
            acc += ranks[:, :, k]
        return clamp(acc, lowest, highest, np.float32)

    args: dict[str, int | float] = {"act_min": lowest, "act_max": highest}
    return _kernel(low, sizes, "svdf_f32", _run(low, sizes, feature_of, output_of), args)
