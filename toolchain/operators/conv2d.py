"""CONV_2D on int8, per channel or per tensor, and on float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import ABSENT, DType, Tensor
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp, float_range
from toolchain.operators.scale_s8 import WORD, largest_accumulators, scale_args, weight_tables
from toolchain.operators.window import Window
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler, activation_range, conv_scaler

_PATCHES: Final = 1024
"""Bytes of scratch memory that are worth a third window at once."""
_WINDOWS: Final = 2
"""Windows that the plain kernels copy into scratch memory at a time."""
_SHORT_TAPS: Final = 32
"""PERSONA_MVE_SHORT_TAPS of the kernel for Helium."""


def lower(low: Lowering) -> Kernel:
    """Lower one CONV_2D; weights are [out, kernel_h, kernel_w, in]."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def weight_scales(low: Lowering, weights: Tensor, channels: int) -> Array:
    """Scale of each output channel, float32 [channels]; int8 weights must be symmetric."""
    quantisation = weights.quantisation
    if quantisation is None or np.any(quantisation.zero_point):
        raise low.unsupported("weights without a symmetric quantisation")
    if quantisation.scale.size not in {1, channels}:
        raise low.unsupported(f"{quantisation.scale.size} weight scales for {channels} channels")
    return np.broadcast_to(quantisation.scale, (channels,))


def bias_values(low: Lowering, position: int, channels: int) -> Array:
    """Bias of each output channel, int32 [channels]; zeros where the operator has none."""
    bias = low.optional(position)
    if bias is None:
        return np.zeros(channels, np.int32)
    if bias.elements != channels or bias.dtype is not DType.INT32:
        raise low.unsupported(f"a bias of {bias.elements} {bias.dtype.value} for {channels} channels")
    return low.constant(position).reshape(-1)


def check_float_bias(low: Lowering, position: int, channels: int) -> None:
    """Refuse a bias, if there is one, that is not float32 [channels]."""
    bias = low.optional(position)
    if bias is not None and (bias.elements != channels or bias.dtype is not DType.FLOAT32):
        raise low.unsupported(f"a bias of {bias.elements} {bias.dtype.value} for {channels} channels")


def folded_bias(low: Lowering, bias: Array, sums: Array, in_zero: int) -> Array:
    """`bias - in_zero * sum(weights)` of each channel, int32: kernels then need not subtract the input's zero point."""
    folded = bias.astype(np.int64) - in_zero * sums.astype(np.int64)
    limits = np.iinfo(np.int32)
    if np.any(folded < limits.min) or np.any(folded > limits.max):
        raise low.unsupported("a bias that leaves the int32 range with the input's zero point in it")
    return folded.astype(np.int32)


def int8_scaling(low: Lowering, weights: Tensor, channels: int) -> tuple[Scaler, dict[str, int]]:
    """Scaler, and the argument fields that all int8 convolutions share."""
    in_scale, in_zero = low.tensor(0).scale_zero
    out_scale, out_zero = low.output.scale_zero
    scaler = conv_scaler(in_scale, weight_scales(low, weights, channels), out_scale)
    lowest, highest = activation_range(low.op.options["activation"], out_scale, out_zero, INT8_MIN, INT8_MAX)
    return scaler, {"in_zero": in_zero, "out_zero": out_zero, "act_min": lowest, "act_max": highest}


def _helium_bytes(window: Window, depth: int) -> int:
    """Working memory of the Helium kernels (runtime/kernels/mve)."""
    taps = window.kernel[0] * window.kernel[1] * depth
    vectors = 3 * 16 * -(-taps // 16)
    inside = all((window.output[i] - 1) * window.stride[i] < window.input[i] for i in (0, 1))
    one_pixel = window.kernel == (1, 1) and window.pad == (0, 0) and inside
    whole = depth % 16 == 0 and window.dilation[1] == 1
    flat = 0 if one_pixel or whole or taps <= _SHORT_TAPS else taps
    return vectors + flat


def _int8(low: Lowering) -> Kernel:
    x, weights, out = low.tensor(0), low.tensor(1), low.output
    channels, kernel_h, kernel_w, depth = weights.shape
    if depth != x.shape[3]:
        raise low.unsupported("grouped convolution")
    window = Window.of(low.op.options, (kernel_h, kernel_w), x.shape, out.shape)
    low.expect_output((*out.shape[:3], channels))
    scaler, fields = int8_scaling(low, weights, channels)
    bias = bias_values(low, 2, channels)
    rows = low.constant(1).reshape(channels, -1)
    folded = folded_bias(low, bias, rows.sum(axis=1, dtype=np.int64), fields["in_zero"])
    packed, tables = weight_tables(folded, rows)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel = values
        patches = window.patches(data, fields["in_zero"]).reshape(-1, kernel_h * kernel_w * depth)
        # float64 holds every int32 sum exactly, and its matrix product is the fast one
        acc = (patches.astype(np.float64) - fields["in_zero"]) @ kernel.reshape(channels, -1).astype(np.float64).T
        scaled = scaler.apply(acc.astype(np.int64) + bias, low.rounding) + fields["out_zero"]
        return (clamp(scaled, fields["act_min"], fields["act_max"], np.int8).reshape(out.shape),)

    pointwise = (kernel_h, kernel_w) == (1, 1) and window.pad == (0, 0)
    columns = _columns(rows.shape[1], out.nbytes)
    args: dict[str, Constant] = {
        **window.args(),
        "batches": x.shape[0],
        "in_c": depth,
        "out_c": channels,
        "in_zero": fields["in_zero"],
        **tables,
        "columns": columns,
        "scale": scale_args(
            scaler, fields["out_zero"], fields["act_min"], fields["act_max"], largest_accumulators(folded, rows)
        ),
    }
    return Kernel(
        low.op.index,
        "conv2d_s8",
        (x.index, weights.index, out.index),
        (out.index,),
        run,
        args,
        macs=out.elements * kernel_h * kernel_w * depth,
        in_place=0 if pointwise else None,
        lead=window.lead(x.shape[0], depth, channels) if pointwise else 0,
        scratch_bytes=max(
            _scratch_bytes(rows.shape[1], columns, whole=pointwise or depth % WORD == 0), _helium_bytes(window, depth)
        ),
        packed={weights.index: packed},
    )


def _columns(taps: int, out_bytes: int) -> int:
    """How many windows the DSP kernels take at once: three need fewer instructions than two, and more memory.

    Three where they need little memory, also beside an output of `out_bytes`.
    """
    return 3 if 3 * 2 * taps <= min(_PATCHES, out_bytes) else 2


def _scratch_bytes(taps: int, columns: int, *, whole: bool) -> int:
    """Working memory of the plain and the DSP kernels: the larger of the two.

    Args:
        taps: of one window.
        columns: windows at once.
        whole: windows consist of whole words, or of one run of bytes.
    """
    row = -(-taps // WORD) * WORD
    plain = _WINDOWS * row
    dsp = 2 * columns * row + (0 if whole else row)  # 16 bits a tap, and one window of bytes
    return max(plain, dsp)


def _float32(low: Lowering) -> Kernel:
    x, weights, bias, out = low.tensor(0), low.tensor(1), low.optional(2), low.output
    channels, kernel_h, kernel_w, depth = weights.shape
    if depth != x.shape[3]:
        raise low.unsupported("grouped convolution")
    window = Window.of(low.op.options, (kernel_h, kernel_w), x.shape, out.shape)
    low.expect_output((*out.shape[:3], channels))
    check_float_bias(low, 2, channels)
    lowest, highest = float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel, offset = values
        patches = window.patches(data, 0.0).reshape(-1, kernel_h * kernel_w * depth)
        rows = kernel.reshape(channels, -1)
        acc = np.zeros((len(patches), channels), np.float32)
        for k in range(patches.shape[1]):  # the order of the C kernel: one product after the other
            acc += patches[:, k : k + 1] * rows[:, k]
        if offset.size:
            acc += offset
        return (clamp(acc, lowest, highest, np.float32).reshape(out.shape),)

    args = {
        **window.args(),
        "batches": x.shape[0],
        "in_c": depth,
        "out_c": channels,
        "act_min": lowest,
        "act_max": highest,
    }
    operands = (x.index, weights.index, bias.index if bias else ABSENT, out.index)
    return Kernel(
        low.op.index, "conv2d_f32", operands, (out.index,), run, args, out.elements * kernel_h * kernel_w * depth
    )
