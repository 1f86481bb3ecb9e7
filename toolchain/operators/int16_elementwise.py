"""ADD, SUB, MUL, LOGISTIC, TANH, AVERAGE_POOL_2D and MAX_POOL_2D on int16; all zero points are 0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators import sigmoid_table
from toolchain.operators.base import Array, Constant, Kernel, Lowering
from toolchain.operators.broadcast import binary_kernel
from toolchain.operators.window import Window
from toolchain.requant import Scaler, activation_range

_MIN: Final = -32768
_MAX: Final = 32767
_LEFT_SHIFT: Final = 15
_NEAR: Final = 1e-3
_LAST_SHIFT: Final = 31
_GRID: Final = 4096.0 * 3.0
"""Steps of the sigmoid table's operand per unit."""


def _limits(low: Lowering) -> tuple[int, int]:
    """Clamp of the fused activation, after a check of types and zero points."""
    tensors = [low.tensor(place) for place in range(len(low.op.inputs))] + [low.output]
    if any(t.dtype is not DType.INT16 or t.scale_zero[1] for t in tensors):
        raise low.unsupported("int16 mixed with other types, or with zero points")
    activation = str(low.op.options.get("activation", "NONE"))
    return activation_range(activation, low.output.scale_zero[0], 0, _MIN, _MAX)


def _one(real: float) -> Scaler:
    return Scaler.of(np.array([real], np.float64))


def _fields(**scalers: Scaler) -> dict[str, Constant]:
    fields: dict[str, Constant] = {}
    for name, scaler in scalers.items():
        prefix = f"{name}_" if name != "product" else ""
        fields |= {f"{prefix}multiplier": int(scaler.q[0]), f"{prefix}shift": int(scaler.e[0])}
    return fields


def add(low: Lowering) -> Kernel:
    """Lower one ADD or SUB: both inputs go to twice the larger scale."""
    limits, sign = _limits(low), -1 if low.op.kind == "SUB" else 1
    a, b, out = (float(t.scale_zero[0]) for t in (low.tensor(0), low.tensor(1), low.output))
    twice = 2.0 * max(a, b)
    left_scaler, right_scaler = _one(a / twice), _one(b / twice)
    out_scaler = _one(twice / ((1 << _LEFT_SHIFT) * out))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = (v.astype(np.int64) << _LEFT_SHIFT for v in values)
        total = left_scaler.apply(left, low.rounding) + sign * right_scaler.apply(right, low.rounding)
        return (np.clip(out_scaler.apply(total, low.rounding), *limits).astype(np.int16),)

    fields = {"sign": sign, **_fields(a=left_scaler, b=right_scaler, out=out_scaler)}
    return binary_kernel(low, "add_s16", run, {**fields, "act_min": limits[0], "act_max": limits[1]})


def mul(low: Lowering) -> Kernel:
    """Lower one MUL."""
    limits = _limits(low)
    a, b, out = (float(t.scale_zero[0]) for t in (low.tensor(0), low.tensor(1), low.output))
    scaler = _one(a * b / out)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        product = values[0].astype(np.int64) * values[1].astype(np.int64)
        return (np.clip(scaler.apply(product, low.rounding), *limits).astype(np.int16),)

    return binary_kernel(low, "mul_s16", run, {**_fields(product=scaler), "act_min": limits[0], "act_max": limits[1]})


def sigmoid(low: Lowering) -> Kernel:
    """Lower one LOGISTIC or TANH; the output's scale is 2**-15.

    An input scale of 2**-12 (TANH: or 2**-11) is exact on the table's grid, any other is multiplied onto it.
    """
    _limits(low)
    x, out, is_tanh = low.tensor(0), low.output, low.op.kind == "TANH"
    low.expect_elements(x.elements)
    in_scale, out_scale = float(x.scale_zero[0]), float(out.scale_zero[0])
    if in_scale <= 0 or out_scale <= 0 or abs(math.log2(out_scale) + 15) > _NEAR or in_scale * _GRID > _MAX:
        raise low.unsupported(f"scales {in_scale} and {out_scale} (the output's is 2**-15)")
    power = round(math.log2(in_scale))
    if abs(math.log2(in_scale) - power) < _NEAR and power in ({-12, -11} if is_tanh else {-12}):
        multiplier, shift = sigmoid_table.scale(power)
    else:
        shift = next((s for s in range(_LAST_SHIFT) if math.ldexp(in_scale * _GRID, s) > _MAX / 2.0), _LAST_SHIFT)
        multiplier = int(math.ldexp(in_scale * _GRID, shift))
    function = sigmoid_table.tanh if is_tanh else sigmoid_table.logistic

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (function(sigmoid_table.argument(values[0], multiplier, shift)).reshape(out.shape),)

    args: dict[str, Constant] = {"elements": out.elements, "multiplier": multiplier, "shift": shift}
    operands = (x.index, out.index)
    return Kernel(low.op.index, f"{low.op.kind.lower()}_s16", operands, (out.index,), run, args, in_place=0)


def pool2d(low: Lowering) -> Kernel:
    """Lower one AVERAGE_POOL_2D or MAX_POOL_2D; padded elements do not count."""
    limits, x, out, options = _limits(low), low.tensor(0), low.output, low.op.options
    low.expect_output((*out.shape[:3], x.shape[3]))
    window = Window.of(options, (int(options["filter_h"]), int(options["filter_w"])), x.shape, out.shape)
    average = low.op.kind == "AVERAGE_POOL_2D"
    counts = window.patches(np.ones((1, *window.input, 1), np.int64), 0).sum(axis=(3, 4))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        wide = values[0].astype(np.int64)
        if average:
            total = window.patches(wide, 0).sum(axis=(3, 4))
            rounded = np.sign(total) * ((np.abs(total) + counts // 2) // counts)
        else:
            rounded = window.patches(wide, _MIN).max(axis=(3, 4))
        return (np.clip(rounded, *limits).astype(np.int16),)

    sizes: dict[str, Constant] = {"batches": x.shape[0], "channels": x.shape[3]}
    args = {**window.args(), **sizes, "act_min": limits[0], "act_max": limits[1]}
    function = f"{'average' if average else 'max'}_pool2d_s16"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)
