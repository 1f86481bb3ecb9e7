"""The kernels in plain C at the ends of their blocks: odd channels, odd pixels, bands of rows, every scaling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

CONTRACTS = pytest.mark.parametrize("rounding", list(Rounding), ids=lambda r: r.value)
SIZES = pytest.mark.parametrize("options", [[], ["-DPERSONA_SMALL"]], ids=["fast", "small"])


class Layers(GraphBuilder):
    """A chain of layers; `scale` is that of all weights and decides about the shifts."""

    def __init__(self, shape: tuple[int, ...], scale: float = 0.01) -> None:
        super().__init__()
        self.chance = np.random.default_rng(sum(shape))
        self.scale = scale
        self.shape = shape
        self.last = self.input(shape, "int8", 0.05, -3)

    def layer(self, kind: str, channels: int, kernel: tuple[int, int], stride: int = 1, dilation: int = 1) -> Layers:
        """A convolution or depthwise convolution with SAME padding."""
        batches, height, width, depth = self.shape
        deep = kind == "DEPTHWISE_CONV_2D"
        shape = (1, *kernel, channels) if deep else (channels, *kernel, depth)
        weights = self.constant(
            self.chance.integers(-127, 128, shape).astype(np.int8),
            self.chance.uniform(0.5 * self.scale, self.scale, channels).astype(np.float32),
            axis=3 if deep else 0,
        )
        bias = self.constant(self.chance.integers(-900, 900, channels).astype(np.int32))
        self.shape = (batches, -(-height // stride), -(-width // stride), channels)
        y = self.tensor(self.shape, "int8", 0.05 * 40 * self.scale, 4)
        options = {"padding": 0, "strideH": stride, "strideW": stride}
        options |= {"dilationHFactor": dilation, "dilationWFactor": dilation}
        options |= {"depthMultiplier": channels // depth} if deep else {}
        self.op(kind, [self.last, weights, bias], [y], **options)
        self.last = y
        return self

    def conv(self, channels: int, kernel: tuple[int, int] = (1, 1), stride: int = 1) -> Layers:
        """CONV_2D."""
        return self.layer("CONV_2D", channels, kernel, stride)

    def depthwise(self, kernel: tuple[int, int], stride: int = 1, dilation: int = 1) -> Layers:
        """DEPTHWISE_CONV_2D, one output channel for each input channel."""
        return self.layer("DEPTHWISE_CONV_2D", self.shape[3], kernel, stride, dilation)

    def plus(self) -> Layers:
        """Another convolution of the same shape, added to what it reads."""
        before = self.last
        after = self.conv(self.shape[3], (3, 3)).last
        y = self.tensor(self.shape, "int8", 0.1, -7)
        self.op("ADD", [after, before], [y])
        self.last = y
        return self


@CONTRACTS
@SIZES
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 4), (3, 2, 5), (5, 5, 7), (9, 4, 12)])
def test_blocks_of_convolutions_have_ends(
    sizes: tuple[int, int, int], options: list[str], rounding: Rounding, tmp_path: Path
) -> None:
    """Odd numbers of channels, of pixels and of taps, with two images, kernels of one pixel and more, and an ADD."""
    channels, pixels, depth = sizes
    data = Layers((2, 1, pixels, depth)).conv(channels).conv(channels + 1, (2, 3)).plus()
    assert_c_equals_reference(data.build([data.last]), tmp_path, options=options, rounding=rounding)


@CONTRACTS
@SIZES
@pytest.mark.parametrize(
    "form",
    [
        ((1, 12, 11, 3), (3, 3), 1, 1),  # several bands
        ((1, 12, 11, 3), (3, 3), 2, 1),
        ((1, 9, 4, 24), (3, 3), 1, 1),  # all rows at once
        ((1, 14, 14, 2), (2, 4), 1, 1),
        ((1, 10, 10, 4), (3, 3), 1, 2),
        ((1, 13, 9, 6), (1, 2), 3, 1),  # rows that no window sees
        ((1, 13, 9, 1), (3, 3), 1, 1),  # scratch memory too small for planes
    ],
)
def test_depthwise_in_place(
    form: tuple[tuple[int, ...], tuple[int, int], int, int], options: list[str], rounding: Rounding, tmp_path: Path
) -> None:
    """Whatever the window, the bands of a plane fit together, and the output takes over the input."""
    shape, kernel, stride, dilation = form
    layers = Layers(shape).conv(shape[3]).depthwise(kernel, stride, dilation).conv(2)
    data = layers.build([layers.last])
    assert any(k.function == "depthwise_conv2d_in_place_s8" for k in Model.of(read_model(data)).kernels)
    assert_c_equals_reference(data, tmp_path, options=options, rounding=rounding)


@CONTRACTS
@pytest.mark.parametrize("scale", [1e-5, 0.01, 0.4, 3.0, 60.0])
def test_every_shift(scale: float, rounding: Rounding, tmp_path: Path) -> None:
    """Multipliers far below one, near it and above it take the quick way or the long one, with the same bits."""
    layers = Layers((1, 5, 6, 8), scale)
    x = layers.last
    shape = (3, 1, 1, 8)
    outputs = []
    for out_scale in (0.02, 0.5, 40.0):
        weights = layers.constant(layers.chance.integers(-127, 128, shape).astype(np.int8), np.float32(scale))
        y = layers.tensor((1, 5, 6, 3), "int8", out_scale, 5)
        layers.op("CONV_2D", [x, weights, -1], [y], padding=0, strideH=1, strideW=1)
        outputs.append(y)
    assert_c_equals_reference(layers.build(outputs), tmp_path, rounding=rounding)
