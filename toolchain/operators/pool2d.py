"""AVERAGE_POOL_2D and MAX_POOL_2D on int8 and float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering, clamp, float_range
from toolchain.operators.window import Window
from toolchain.requant import INT8_MAX, INT8_MIN, activation_range


def lower(low: Lowering) -> Kernel:
    """Lower one pool; padded elements count neither for the average nor for the maximum."""
    x, out = low.tensor(0), low.output
    options = low.op.options
    window = Window.of(options, (int(options["filter_h"]), int(options["filter_w"])), x.shape, out.shape)
    low.expect_output((*out.shape[:3], x.shape[3]))
    average = low.op.kind == "AVERAGE_POOL_2D"
    types = low.types(0)
    if types == (DType.INT8, DType.INT8):
        scale, zero = out.scale_zero
        lowest: float
        highest: float
        lowest, highest = activation_range(options["activation"], scale, zero, INT8_MIN, INT8_MAX)
        run, suffix = (_average_int8 if average else _maximum)(window, (lowest, highest), np.int8), "s8"
    elif types == (DType.FLOAT32, DType.FLOAT32):
        lowest, highest = float_range(options["activation"])
        run, suffix = (_average_float if average else _maximum)(window, (lowest, highest), np.float32), "f32"
    else:
        raise low.unsupported(f"element types {[t.value for t in types]}")
    args: dict[str, Any] = {
        **window.args(),
        "batches": x.shape[0],
        "channels": x.shape[3],
        "act_min": lowest,
        "act_max": highest,
    }
    function = f"{'average' if average else 'max'}_pool2d_{suffix}"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)


def _counts(window: Window) -> Array:
    """How many real elements each window covers, int64 [1, out_h, out_w, 1]."""
    ones = np.ones((1, *window.input, 1), np.int64)
    counts: Array = window.patches(ones, 0).sum(axis=(3, 4))
    return counts


def _average_int8(window: Window, limits: tuple[float, float], dtype: type[np.generic]) -> Any:
    counts = _counts(window)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        total = window.patches(values[0].astype(np.int64), 0).sum(axis=(3, 4))
        half = np.where(total > 0, counts // 2, -(counts // 2))
        return (clamp(np.trunc((total + half) / counts), *limits, dtype),)

    return run


def _average_float(window: Window, limits: tuple[float, float], dtype: type[np.generic]) -> Any:
    counts = _counts(window).astype(np.float32)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        patches = window.patches(values[0], 0.0)
        total = np.zeros(patches[:, :, :, 0, 0].shape, np.float32)
        for k in range(window.kernel[0]):  # the order of the C kernel
            for j in range(window.kernel[1]):
                total += patches[:, :, :, k, j]
        return (clamp(total / counts, *limits, dtype),)

    return run


def _maximum(window: Window, limits: tuple[float, float], dtype: type[np.generic]) -> Any:
    lowest = float(np.iinfo(np.int8).min if dtype is np.int8 else np.finfo(np.float32).min)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (clamp(window.patches(values[0], lowest).max(axis=(3, 4)), *limits, dtype),)

    return run
