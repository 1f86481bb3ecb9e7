"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on int16 activations with int8 weights.

With an int64 bias, or none, TFLite Micro keeps 64 bits and rounds the multiplier to 16 bits; with an int32 bias, sums
wrap round to 32 bits and are requantised as in int8. DEPTHWISE_CONV_2D has no int32 bias. Zero points are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lower, Lowering
from toolchain.operators.conv2d import weight_scales
from toolchain.operators.window import Window
from toolchain.requant import Rounding, Scaler, activation_range, conv_scaler

_MIN: Final = -32768
_MAX: Final = 32767
_SUM_BITS: Final = 46
_LARGEST_SHIFT: Final = 7
_ALMOST_ONE: Final = 0x7FFF0000


def or_else(wide: Lower, narrow: Lower) -> Lower:
    """`wide` for operators on int16, `narrow` for all others."""

    def lower(low: Lowering) -> Kernel:
        return wide(low) if low.tensor(0).dtype is DType.INT16 else narrow(low)

    return lower


@dataclass(frozen=True, eq=False)
class _Requant:
    """Bias, scaling and clamp of each channel; the same as persona_requant_s16."""

    wide: bool
    bias: Array
    scaler: Scaler
    limits: tuple[int, int]

    @classmethod
    def of(cls, low: Lowering, scaler: Scaler, channels: int) -> _Requant:
        if low.types(1) != (DType.INT8, DType.INT16):
            raise low.unsupported(f"int16 with element types {[t.value for t in low.types(1)]}")
        if low.tensor(0).scale_zero[1] or low.output.scale_zero[1]:
            raise low.unsupported("int16 activations with a zero point")
        found = low.optional(2)
        wide = found is None or found.dtype is DType.INT64
        bias = np.zeros(channels, np.int64) if found is None else low.constant(2).reshape(-1).astype(np.int64)
        if found is not None and (found.dtype not in {DType.INT32, DType.INT64} or bias.size != channels):
            raise low.unsupported(f"a bias of {bias.size} {found.dtype.value} for {channels} channels")
        taps = low.tensor(1).elements
        if int(np.abs(bias.astype(np.float64)).max(initial=0.0)) + taps * -_MIN * 128 >= 1 << _SUM_BITS:
            raise low.unsupported(f"sums of more than {_SUM_BITS} bits")
        if wide and np.any(scaler.e > _LARGEST_SHIFT):
            raise low.unsupported(f"an output scale more than 2**{_LARGEST_SHIFT} finer than the products")
        scale, zero = low.output.scale_zero
        return cls(wide, bias, scaler, activation_range(low.op.options["activation"], scale, zero, _MIN, _MAX))

    def apply(self, acc: Array, rounding: Rounding) -> Array:
        """Sums [..., channels] without bias to int16."""
        total = acc + self.bias
        if self.wide:
            q = self.scaler.q.astype(np.int64)
            reduced = np.where(q < _ALMOST_ONE, (q + (1 << 15)) >> 16, 0x7FFF)
            shift = 15 - self.scaler.e.astype(np.int64)
            scaled = ((total * reduced + (np.int64(1) << (shift - 1))) >> shift).astype(np.int32).astype(np.int64)
        else:
            scaled = self.scaler.apply(total.astype(np.int32), rounding)
        clamped: Array = np.clip(scaled, *self.limits).astype(np.int16)
        return clamped

    @property
    def args(self) -> dict[str, Constant]:
        return {
            "wide": int(self.wide),
            "act_min": self.limits[0],
            "act_max": self.limits[1],
            "bias": self.bias,
            "multiplier": self.scaler.q,
            "shift": self.scaler.e,
        }


def _scaler(low: Lowering, channels: int) -> Scaler:
    return conv_scaler(
        low.tensor(0).scale_zero[0], weight_scales(low, low.tensor(1), channels), low.output.scale_zero[0]
    )


def conv2d(low: Lowering) -> Kernel:
    """Lower one CONV_2D; weights are [out, kernel_h, kernel_w, in]."""
    x, weights, out = low.tensor(0), low.tensor(1), low.output
    channels, kernel_h, kernel_w, depth = weights.shape
    if depth != x.shape[3]:
        raise low.unsupported("grouped convolution")
    window = Window.of(low.op.options, (kernel_h, kernel_w), x.shape, out.shape)
    low.expect_output((*out.shape[:3], channels))
    requant = _Requant.of(low, _scaler(low, channels), channels)
    low.constant(1)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        patches = window.patches(values[0], 0).reshape(-1, kernel_h * kernel_w * depth).astype(np.int64)
        acc = patches @ values[1].reshape(channels, -1).astype(np.int64).T
        return (requant.apply(acc, low.rounding).reshape(out.shape),)

    args: dict[str, Constant] = {
        **window.args(),
        "batches": x.shape[0],
        "in_c": depth,
        "out_c": channels,
        "requant": requant.args,
    }
    operands, macs = (x.index, weights.index, out.index), out.elements * kernel_h * kernel_w * depth
    return Kernel(low.op.index, "conv2d_s16", operands, (out.index,), run, args, macs)


def depthwise_conv2d(low: Lowering) -> Kernel:
    """Lower one DEPTHWISE_CONV_2D; weights are [1, kernel_h, kernel_w, out], out = in * multiplier."""
    x, weights, out = low.tensor(0), low.tensor(1), low.output
    batch, kernel_h, kernel_w, channels = weights.shape
    if batch != 1 or channels % x.shape[3]:
        raise low.unsupported(f"weights of shape {weights.shape} for {x.shape[3]} channels")
    bias = low.optional(2)
    if bias is not None and bias.dtype is not DType.INT64:
        raise low.unsupported(f"int16 with a bias of {bias.dtype.value}; TFLite Micro reads int64")
    multiplier = channels // x.shape[3]
    window = Window.of(low.op.options, (kernel_h, kernel_w), x.shape, out.shape)
    low.expect_output((*out.shape[:3], channels))
    requant = _Requant.of(low, _scaler(low, channels), channels)
    low.constant(1)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        patches = np.repeat(window.patches(values[0], 0).astype(np.int64), multiplier, axis=5)
        acc = np.einsum("nhwklc,klc->nhwc", patches, values[1][0].astype(np.int64))
        return (requant.apply(acc, low.rounding),)

    sizes = {"batches": x.shape[0], "in_c": x.shape[3], "out_c": channels, "depth_multiplier": multiplier}
    args: dict[str, Constant] = {**window.args(), **sizes, "requant": requant.args}
    operands, macs = (x.index, weights.index, out.index), out.elements * kernel_h * kernel_w
    return Kernel(low.op.index, "depthwise_conv2d_s16", operands, (out.index,), run, args, macs)


def fully_connected(low: Lowering) -> Kernel:
    """Lower one FULLY_CONNECTED; weights are [units, depth]."""
    x, weights, out = low.tensor(0), low.tensor(1), low.output
    units, depth = weights.shape
    if depth == 0 or x.elements % depth or low.op.options["weights_format"]:
        raise low.unsupported(f"{x.elements} inputs in rows of {depth}, or shuffled weights")
    rows = x.elements // depth
    low.expect_elements(rows * weights.shape[0])
    requant = _Requant.of(low, _scaler(low, units), units)
    low.constant(1)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        acc = values[0].reshape(rows, depth).astype(np.int64) @ values[1].astype(np.int64).T
        return (requant.apply(acc, low.rounding).reshape(out.shape),)

    args: dict[str, Constant] = {"rows": rows, "depth": depth, "units": units, "requant": requant.args}
    operands = (x.index, weights.index, out.index)
    return Kernel(low.op.index, "fully_connected_s16", operands, (out.index,), run, args, rows * depth * units)
