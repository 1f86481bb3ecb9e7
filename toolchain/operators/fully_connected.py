"""FULLY_CONNECTED on int8, per tensor or per channel, and on float32: the adaptive operator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.graph import ABSENT, DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp, float_range
from toolchain.operators.conv2d import bias_values, check_float_bias, folded_bias, weight_scales
from toolchain.operators.scale_s8 import dense_tables, largest_accumulators, scale_args
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, activation_range, conv_scaler


def lower(low: Lowering) -> Kernel:
    """Lower one FULLY_CONNECTED; weights are [units, depth], the input is [rows, depth] however it is shaped."""
    if low.op.options["weights_format"]:
        raise low.unsupported("shuffled weights")
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    if types[0] is DType.FLOAT32:
        raise low.unsupported("float activations with integer weights (hybrid): quantise both or neither")
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _sizes(low: Lowering) -> tuple[int, int, int]:
    """Rows, depth, units."""
    units, depth = low.tensor(1).shape
    elements = low.tensor(0).elements
    if depth == 0 or elements % depth:
        raise low.unsupported(f"{elements} inputs do not divide into rows of {depth}")
    low.expect_elements(elements // depth * units)
    return elements // depth, depth, units


def _scaler(low: Lowering, units: int) -> Scaler:
    scales = weight_scales(low, low.tensor(1), units)
    return conv_scaler(low.tensor(0).scale_zero[0], scales, low.output.scale_zero[0])


def _int8(low: Lowering) -> Kernel:
    x, weights, out = low.tensor(0), low.tensor(1), low.output
    rows, depth, units = _sizes(low)
    _, in_zero = x.scale_zero
    out_scale, out_zero = out.scale_zero
    scaler, bias = _scaler(low, units), bias_values(low, 2, units)
    lowest, highest = activation_range(low.op.options["activation"], out_scale, out_zero, INT8_MIN, INT8_MAX)
    folded = folded_bias(low, bias, low.constant(1).sum(axis=1, dtype=np.int64), in_zero)
    packed, tables = dense_tables(folded, low.constant(1))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel = values
        acc = (data.reshape(rows, depth).astype(np.int64) - in_zero) @ kernel.astype(np.int64).T
        scaled = scaler.apply(acc + bias, low.rounding) + out_zero
        return (clamp(scaled, lowest, highest, np.int8).reshape(out.shape),)

    args: dict[str, Constant] = {
        "rows": rows,
        "depth": depth,
        "units": units,
        **tables,
        "scale": scale_args(scaler, out_zero, lowest, highest, largest_accumulators(folded, low.constant(1))),
    }
    operands = (x.index, weights.index, out.index)
    macs = rows * depth * units
    return Kernel(
        low.op.index, "fully_connected_s8", operands, (out.index,), run, args, macs, packed={weights.index: packed}
    )


def _float32(low: Lowering) -> Kernel:
    x, weights, bias, out = low.tensor(0), low.tensor(1), low.optional(2), low.output
    rows, depth, units = _sizes(low)
    check_float_bias(low, 2, units)
    lowest, highest = float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel, offset = values
        acc = np.zeros((rows, units), np.float32)
        flat = data.reshape(rows, depth)
        for k in range(depth):  # the order of the C kernel: one product after the other, then the bias
            acc += flat[:, k : k + 1] * kernel[:, k]
        if offset.size:
            acc += offset
        return (clamp(acc, lowest, highest, np.float32).reshape(out.shape),)

    args = {"rows": rows, "depth": depth, "units": units, "act_min": lowest, "act_max": highest}
    operands = (x.index, weights.index, bias.index if bias else ABSENT, out.index)
    return Kernel(low.op.index, "fully_connected_f32", operands, (out.index,), run, args, rows * depth * units)
