"""TRANSPOSE_CONV on int8, per channel or per tensor, and on float32, with or without bias.

Each output gathers what reaches it, input row by row, column by column, channel by channel: the order in which TFLite's
reference scatters. TFLite Micro ignores the first input (the shape) and fused activations, and so its result is `NONE`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.graph import ABSENT, DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp, float_range
from toolchain.operators.conv2d import bias_values, check_float_bias, weight_scales
from toolchain.requant import INT8_MAX, INT8_MIN, activation_range, conv_scaler

_WEIGHTS, _INPUT, _BIAS = 1, 2, 3


def lower(low: Lowering) -> Kernel:
    """Lower one TRANSPOSE_CONV; weights are [out, kernel_h, kernel_w, in]."""
    types = low.types(_INPUT, _WEIGHTS)
    if low.tensor(_WEIGHTS).shape[3] != low.tensor(_INPUT).shape[3]:
        raise low.unsupported("grouped convolution")
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _geometry(low: Lowering) -> dict[str, int]:
    """Argument fields of both kernels. SAME pads the output as the forward convolution would pad its input."""
    x, weights, out, options = low.tensor(_INPUT), low.tensor(_WEIGHTS), low.output, low.op.options
    low.expect_output((x.shape[0], out.shape[1], out.shape[2], weights.shape[0]))
    low.expect_output((x.shape[0], *out.shape[1:3], weights.shape[0]))
    if min(options["stride_h"], options["stride_w"]) < 1:
        raise low.unsupported(f"strides {options['stride_h']} and {options['stride_w']}")
    fields = {"batches": x.shape[0], "in_c": x.shape[3], "out_c": weights.shape[0]}
    for axis, name in ((1, "h"), (2, "w")):
        stride, size, kernel = int(options[f"stride_{name}"]), out.shape[axis], weights.shape[axis]
        wanted = -(-size // stride) if options["padding"] == "SAME" else -(-(size - kernel + 1) // stride)
        if wanted != x.shape[axis]:
            raise low.unsupported(f"an input of shape {x.shape} for an output of shape {out.shape}")
        pad = max((wanted - 1) * stride + kernel - size, 0) // 2
        fields |= {f"in_{name}": x.shape[axis], f"out_{name}": size, f"kernel_{name}": kernel}
        fields |= {f"stride_{name}": stride, f"pad_{name}": pad}
    return fields


def _macs(low: Lowering) -> int:
    weights = low.tensor(_WEIGHTS)
    return low.tensor(_INPUT).elements * weights.shape[0] * weights.shape[1] * weights.shape[2]


def _accumulate(data: Array, weights: Array, fields: dict[str, int], out: Array) -> Array:
    """Add all products to `out` [n, h, w, c], in the order of the C kernels."""
    for y in range(fields["in_h"]):
        for x in range(fields["in_w"]):
            top, left = y * fields["stride_h"] - fields["pad_h"], x * fields["stride_w"] - fields["pad_w"]
            rows = range(max(0, -top), min(fields["kernel_h"], fields["out_h"] - top))
            columns = range(max(0, -left), min(fields["kernel_w"], fields["out_w"] - left))
            if not rows or not columns:
                continue
            taps = weights[:, rows.start : rows.stop, columns.start : columns.stop]
            place = np.s_[:, top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
            for c in range(fields["in_c"]):
                out[place] += data[:, y, x, c][:, None, None, None] * taps[..., c].transpose(1, 2, 0)
    return out


def _int8(low: Lowering) -> Kernel:
    x, weights, out = low.tensor(_INPUT), low.tensor(_WEIGHTS), low.output
    geometry = _geometry(low)
    (in_scale, in_zero), (out_scale, out_zero) = x.scale_zero, out.scale_zero
    scaler = conv_scaler(in_scale, weight_scales(low, weights, geometry["out_c"]), out_scale)
    lowest, highest = activation_range(low.op.options["activation"], out_scale, out_zero, INT8_MIN, INT8_MAX)
    bias = bias_values(low, _BIAS, geometry["out_c"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        data, kernel = values[0].astype(np.int64) - in_zero, values[1].astype(np.int64)
        acc = _accumulate(data, kernel, geometry, np.zeros(out.shape, np.int64)) + bias
        return (clamp(scaler.apply(acc, low.rounding) + out_zero, lowest, highest, np.int8),)

    args: dict[str, Constant] = {**geometry, "in_zero": in_zero, "out_zero": out_zero}
    args |= {"act_min": lowest, "act_max": highest, "bias": bias, "multiplier": scaler.q, "shift": scaler.e}
    operands = (x.index, weights.index, out.index)
    return Kernel(low.op.index, "transpose_conv_s8", operands, (out.index,), run, args, _macs(low))


def _float32(low: Lowering) -> Kernel:
    x, weights, bias, out = low.tensor(_INPUT), low.tensor(_WEIGHTS), low.optional(_BIAS), low.output
    check_float_bias(low, _BIAS, weights.shape[0])
    geometry, (lowest, highest) = _geometry(low), float_range(low.op.options["activation"])

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        acc = _accumulate(values[0], values[1], geometry, np.zeros(out.shape, np.float32))
        if values[2].size:
            acc += values[2]
        return (clamp(acc, lowest, highest, np.float32),)

    args: dict[str, Constant] = {**geometry, "act_min": lowest, "act_max": highest}
    operands = (x.index, weights.index, bias.index if bias else ABSENT, out.index)
    return Kernel(low.op.index, "transpose_conv_f32", operands, (out.index,), run, args, _macs(low))
