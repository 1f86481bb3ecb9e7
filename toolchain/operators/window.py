"""Geometry of sliding windows: what convolutions and pools share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from toolchain.errors import ModelError
from toolchain.operators.base import Array

_RANK: Final = 4
_WORD: Final = 4
_STEPS: Final = ("stride", "dilation")


@dataclass(frozen=True)
class Window:
    """A window of `kernel` (h, w), moved by `stride`, with `dilation`; `pad` lies before the first row and column."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pad: tuple[int, int]
    input: tuple[int, int]
    output: tuple[int, int]

    @classmethod
    def of(
        cls,
        options: Mapping[str, Any],
        kernel: tuple[int, int],
        in_shape: tuple[int, ...],
        out_shape: tuple[int, ...],
    ) -> Window:
        """Window of an NHWC operator; SAME pads as TensorFlow does, the odd element behind.

        `explicit_pad` (rows, columns) is a border that a pass has put in; what it needs behind follows from the output.

        Raises:
            ModelError: no images, a step of zero, or an output of another size than the window gives.
        """
        rank, steps = len(in_shape), [int(options.get(f"{name}_{axis}", 1)) for name in _STEPS for axis in "hw"]
        if rank != _RANK or len(out_shape) != _RANK or in_shape[0] != out_shape[0] or min(*kernel, *steps) < 1:
            raise ModelError(f"a window of {kernel}, steps {steps}, cannot move over {in_shape} and give {out_shape}")
        stride = (int(options["stride_h"]), int(options["stride_w"]))
        dilation = (int(options.get("dilation_h", 1)), int(options.get("dilation_w", 1)))
        size, out = (in_shape[1], in_shape[2]), (out_shape[1], out_shape[2])
        before = list(options.get("explicit_pad", (0, 0)))
        if options["padding"] == "SAME":
            for axis in (0, 1):
                reach = (kernel[axis] - 1) * dilation[axis] + 1
                before[axis] = max((out[axis] - 1) * stride[axis] + reach - size[axis], 0) // 2
        window = cls(kernel, stride, dilation, (before[0], before[1]), size, out)
        expected = window.expected(options["padding"])
        if "explicit_pad" not in options and out != expected:
            raise ModelError(f"a window of {kernel} over {size} gives {expected}, not {out}")
        return window

    def expected(self, padding: str) -> tuple[int, ...]:
        """Height and width that TensorFlow gives the output."""
        lost = (0, 0) if padding == "SAME" else [(k - 1) * d for k, d in zip(self.kernel, self.dilation, strict=True)]
        return tuple(-(-(self.input[i] - lost[i]) // self.stride[i]) for i in (0, 1))

    def args(self) -> dict[str, int]:
        """Fields of a kernel's argument struct."""
        pairs = {
            "in": self.input,
            "out": self.output,
            "kernel": self.kernel,
            "stride": self.stride,
            "dilation": self.dilation,
            "pad": self.pad,
        }
        return {f"{name}_{axis}": pair[i] for name, pair in pairs.items() for i, axis in enumerate("hw")}

    def patches(self, x: Array, fill: float) -> Array:
        """All windows of x [n, h, w, c] as [n, out_h, out_w, kernel_h, kernel_w, c], with `fill` outside."""
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]
        after = [max((self.output[i] - 1) * self.stride[i] + reach[i] - self.pad[i] - self.input[i], 0) for i in (0, 1)]
        margins = ((0, 0), (self.pad[0], after[0]), (self.pad[1], after[1]), (0, 0))
        padded = np.pad(x, margins, constant_values=fill)
        views = np.lib.stride_tricks.sliding_window_view(padded, reach, (1, 2))  # [n, h', w', c, reach_h, reach_w]
        picked = views[:, :: self.stride[0], :: self.stride[1], :, :: self.dilation[0], :: self.dilation[1]]
        return picked[:, : self.output[0], : self.output[1]].transpose(0, 1, 2, 4, 5, 3)

    def lead(self, batches: int, in_c: int, out_c: int) -> int:
        """Bytes, in whole words, by which an int8 output must begin before its input for the two to share memory.

        The kernel computes one output pixel after the other and has read a pixel's window before it writes the pixel:
        what it writes must not reach what the windows still to come hold. The input never ends before the output.
        """
        (height, width), (out_h, out_w) = self.input, self.output
        rows = np.maximum(np.arange(out_h) * self.stride[0] - self.pad[0], 0)
        columns = np.maximum(np.arange(out_w) * self.stride[1] - self.pad[1], 0)
        image = (rows[:, None] * width + columns).reshape(-1)
        lowest = (np.arange(batches)[:, None] * height * width + image).reshape(-1) * in_c
        needed = np.append(np.minimum.accumulate(lowest[::-1])[::-1][1:], batches * height * width * in_c)
        written = np.arange(1, lowest.size + 1) * out_c
        return -(-int((written - needed).max(initial=0)) // _WORD) * _WORD
