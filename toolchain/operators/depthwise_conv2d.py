"""DEPTHWISE_CONV_2D on int8 and float32, with any depth multiplier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import ABSENT, DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp, float_range
from toolchain.operators.conv2d import bias_values, check_float_bias, folded_bias, int8_scaling
from toolchain.operators.scale_s8 import largest_accumulators, scale_args
from toolchain.operators.window import Window
from toolchain.requant import INT8_MIN

_MAX_KERNEL: Final = 32
"""PERSONA_DEPTHWISE_MAX_KERNEL of the kernel."""
_NARROW: Final = 16
"""PERSONA_PLANE_NARROW of the kernel."""
_WIDEST: Final = 248
"""Columns of a plane: two of its rows lie within the reach of LDRD."""
_SHORTEST_BAND: Final = 4
_WORD: Final = 4


def lower(low: Lowering) -> Kernel:
    """Lower one DEPTHWISE_CONV_2D; weights are [1, kernel_h, kernel_w, out], out = in * multiplier."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _window(low: Lowering) -> tuple[Window, int, int]:
    """Window, output channels and depth multiplier (which old files leave at 0)."""
    x, weights = low.tensor(0), low.tensor(1)
    channels = weights.shape[3]
    if weights.shape[0] != 1 or channels % x.shape[3]:
        raise low.unsupported(f"weights of shape {weights.shape} for {x.shape[3]} channels")
    if weights.shape[1] > _MAX_KERNEL:
        raise low.unsupported(f"a window of {weights.shape[1]} rows; the kernel keeps at most {_MAX_KERNEL}")
    window = Window.of(low.op.options, (weights.shape[1], weights.shape[2]), x.shape, low.output.shape)
    low.expect_output((*low.output.shape[:3], channels))
    return window, channels, channels // x.shape[3]


def _args(low: Lowering, window: Window, channels: int, multiplier: int) -> dict[str, int]:
    x = low.tensor(0)
    return {
        **window.args(),
        "batches": x.shape[0],
        "in_c": x.shape[3],
        "out_c": channels,
        "depth_multiplier": multiplier,
    }


def _plane(window: Window, channels: int, multiplier: int) -> tuple[dict[str, int], int]:
    """Output rows at a time and width of a DSP core's plane, 0 where it makes none, and its bytes of scratch memory.

    A band is as high as fits into the memory of three input rows, which working in place needs anyway.
    """
    if window.kernel != (3, 3) or window.dilation != (1, 1) or window.stride[1] > 2 or multiplier != 1:  # noqa: PLR2004
        return {"band": 0, "plane_w": 0}, _WORD
    columns = 2 * window.output[1] + 2 if window.stride[1] == 2 else (window.output[1] + 3) // 2 * 2  # noqa: PLR2004
    columns = max(columns, _NARROW)
    if columns > _WIDEST:
        return {"band": 0, "plane_w": 0}, _WORD
    room = window.kernel[0] * window.input[1] * channels // (2 * columns)
    band = max((room - window.kernel[0]) // window.stride[0] + 1, _SHORTEST_BAND)
    bands = -(-window.output[0] // band)
    band = -(-window.output[0] // bands)
    return {"band": band, "plane_w": columns}, ((band - 1) * window.stride[0] + window.kernel[0]) * columns * 2


def _int8(low: Lowering) -> Kernel:
    x, weights, out = low.tensor(0), low.tensor(1), low.output
    window, channels, multiplier = _window(low)
    scaler, fields = int8_scaling(low, weights, channels)
    bias = bias_values(low, 2, channels)
    rows = low.constant(1).reshape(-1, channels).T
    folded = folded_bias(low, bias, rows.sum(axis=1, dtype=np.int64), fields["in_zero"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel = values
        patches = np.repeat(window.patches(data, fields["in_zero"]).astype(np.int64), multiplier, axis=5)
        acc = np.einsum("nhwklc,klc->nhwc", patches - fields["in_zero"], kernel[0].astype(np.int64))
        scaled = scaler.apply(acc + bias, low.rounding) + fields["out_zero"]
        return (clamp(scaled, fields["act_min"], fields["act_max"], np.int8),)

    plane, scratch = _plane(window, channels, multiplier)
    args: dict[str, Constant] = {
        **_args(low, window, channels, multiplier),
        "in_zero": fields["in_zero"],
        **plane,
        "pair_sums": int(rows.min() > INT8_MIN),
        "bias": folded,
        "scale": scale_args(
            scaler, fields["out_zero"], fields["act_min"], fields["act_max"], largest_accumulators(folded, rows)
        ),
    }
    operands = (x.index, weights.index, out.index)
    macs = out.elements * window.kernel[0] * window.kernel[1]
    return Kernel(low.op.index, "depthwise_conv2d_s8", operands, (out.index,), run, args, macs, scratch_bytes=scratch)


def _float32(low: Lowering) -> Kernel:
    x, weights, bias, out = low.tensor(0), low.tensor(1), low.optional(2), low.output
    window, channels, multiplier = _window(low)
    check_float_bias(low, 2, channels)
    lowest, highest = float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel, offset = values
        patches = np.repeat(window.patches(data, 0.0), multiplier, axis=5)
        acc = np.zeros(out.shape, np.float32)
        for k in range(window.kernel[0]):  # the order of the C kernel: one product after the other
            for j in range(window.kernel[1]):
                acc += patches[:, :, :, k, j] * kernel[0, k, j]
        if offset.size:
            acc += offset
        return (clamp(acc, lowest, highest, np.float32),)

    args = {**_args(low, window, channels, multiplier), "act_min": lowest, "act_max": highest}
    operands = (x.index, weights.index, bias.index if bias else ABSENT, out.index)
    macs = out.elements * window.kernel[0] * window.kernel[1]
    return Kernel(low.op.index, "depthwise_conv2d_f32", operands, (out.index,), run, args, macs)
