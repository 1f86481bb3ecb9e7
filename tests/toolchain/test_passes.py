"""Each pass, alone and together with the others, leaves every bit of every output as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.hosted import Hosted
from toolchain.golden import random_inputs
from toolchain.graph import Graph
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.passes import ALL_PASSES, Pass
from toolchain.tflite.reader import read_model

CHANNELS = 8
ZERO = -5
NONE: frozenset[Pass] = frozenset()


class Pruned(GraphBuilder):
    """Layers of a small residual network, in which some filters are all zero and some channels are read by nobody."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = np.random.default_rng(seed)
        self.zero = ZERO

    def activation(self, shape: tuple[int, ...]) -> int:
        """An int8 tensor."""
        return self.tensor(shape, "int8", 0.05, self.zero)

    def conv(self, x: int, shapes: tuple[tuple[int, ...], tuple[int, ...]], kernel: int, *, pruned: bool) -> int:
        """A convolution from the first shape's channels to the second shape; `pruned` zeroes half of its filters."""
        before, after = shapes
        weights = self.chance.integers(-127, 128, (after[3], kernel, kernel, before[3])).astype(np.int8)
        bias = self.chance.integers(-900, 900, after[3]).astype(np.int32)
        if pruned:
            weights[::2] = 0
            weights[:, :, :, 1] = 0
            bias[::4] = -5000  # with RELU: exactly the zero point
        y = self.activation(after)
        w = self.constant(weights, self.chance.uniform(0.001, 0.01, after[3]).astype(np.float32))
        self.op("CONV_2D", [x, w, self.constant(bias)], [y], padding=0, strideH=1, strideW=1, fusedActivationFunction=1)
        return y

    def depthwise(self, x: int, shape: tuple[int, ...], stride: int) -> tuple[int, tuple[int, ...]]:
        """A 3x3 depthwise convolution with SAME padding."""
        after = (1, -(-shape[1] // stride), -(-shape[2] // stride), shape[3])
        weights = self.chance.integers(-127, 128, (1, 3, 3, shape[3])).astype(np.int8)
        weights[..., 3] = 0
        y = self.activation(after)
        w = self.constant(weights, self.chance.uniform(0.001, 0.01, shape[3]).astype(np.float32), axis=3)
        b = self.constant(self.chance.integers(-900, 900, shape[3]).astype(np.int32))
        options = {"padding": 0, "strideH": stride, "strideW": stride, "depthMultiplier": 1}
        self.op("DEPTHWISE_CONV_2D", [x, w, b], [y], fusedActivationFunction=1, **options)
        return y, after


def pruned_network(seed: int) -> bytes:
    """conv, depthwise, conv, residual addition, depthwise with stride, conv, pool, flatten, fully connected."""
    g = Pruned(seed)
    g.zero = -128 if seed % 2 else ZERO
    shape = (1, 7, 6, CHANNELS)
    x = g.input((1, 7, 6, 3), "int8", 0.05, g.zero)
    a = g.conv(x, ((1, 7, 6, 3), shape), 3, pruned=True)
    b, _ = g.depthwise(a, shape, 1)
    c = g.conv(b, (shape, shape), 1, pruned=True)
    d = g.conv(c, (shape, shape), 3, pruned=False)
    e = g.activation(shape)
    g.op("ADD", [c, d] if seed % 3 else [d, c], [e], fusedActivationFunction=1)
    f, small = g.depthwise(g.conv(e, (shape, shape), 1, pruned=True), shape, 2)
    wide = g.conv(f, (small, small), 1, pruned=True)
    pooled, flat, y = g.activation((1, 1, 1, CHANNELS)), g.activation((1, CHANNELS)), g.activation((1, 4))
    options = {"padding": 1, "strideH": 1, "strideW": 1, "filterHeight": small[1], "filterWidth": small[2]}
    g.op("AVERAGE_POOL_2D", [wide], [pooled], **options)
    g.op("RESHAPE", [pooled, g.constant(np.array([1, CHANNELS], np.int32))], [flat], newShape=[1, CHANNELS])
    weights = g.constant(g.chance.integers(-127, 128, (4, CHANNELS)).astype(np.int8), np.float32(0.01))
    g.op("FULLY_CONNECTED", [flat, weights, -1], [y])
    return g.build([y])


def padded_network() -> bytes:
    """PAD in front of a convolution and in front of a depthwise convolution, as torch's models come."""
    g = Pruned(1)
    x = g.input((1, 6, 6, 3), "int8", 0.05, ZERO)
    margins = g.constant(np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))
    p, q = g.activation((1, 8, 8, 3)), g.activation((1, 8, 8, 4))
    a, y = g.activation((1, 6, 6, 4)), g.activation((1, 3, 3, 4))
    g.op("PAD", [x, margins], [p])
    w = g.constant(g.chance.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8), np.float32(0.01))
    g.op("CONV_2D", [p, w, -1], [a], padding=1, strideH=1, strideW=1)
    g.op("PAD", [a, margins], [q])
    v = g.constant(g.chance.integers(-127, 128, (1, 3, 3, 4)).astype(np.int8), np.float32(0.01), axis=3)
    g.op("DEPTHWISE_CONV_2D", [q, v, -1], [y], padding=1, strideH=2, strideW=2, depthMultiplier=1)
    return g.build([y])


def assert_same_outputs(graph: Graph, passes: frozenset[Pass], folder: Path) -> tuple[Model, Model]:
    """The generated C of both models gives the same outputs; both models are returned, the plain one first."""
    plain, passed = Model.of(graph, passes=NONE), Model.of(graph, passes=passes)
    inputs = random_inputs(plain, 6)
    windows = [[array[i] for array in inputs] for i in range(6)]
    pairs = zip(Hosted(plain, folder / "a").run(windows), Hosted(passed, folder / "b").run(windows), strict=True)
    for expected, found in pairs:
        for output in graph.outputs:
            np.testing.assert_array_equal(expected[output], found[output])
    assert plain.base == passed.base
    return plain, passed


@pytest.mark.parametrize(
    "passes", [frozenset({p}) for p in Pass] + [ALL_PASSES], ids=lambda p: "+".join(sorted(x.value for x in p))
)
@pytest.mark.parametrize("seed", range(3))
def test_pruned_networks_keep_their_bits(passes: frozenset[Pass], seed: int, tmp_path: Path) -> None:
    """With zero filters, unread channels, residual additions and strides, every pass leaves the outputs alone."""
    assert_same_outputs(read_model(pruned_network(seed)), passes, tmp_path)


@pytest.mark.parametrize("seed", range(8))
def test_optimised_models_equal_tflite_micro(seed: int) -> None:
    """The outputs of the optimised model are TFLite Micro's outputs of the original file."""
    from toolchain.reference import Reference

    data = pruned_network(seed)
    model, oracle = Model.of(read_model(data)), open_oracle("tflite_micro", data)
    for window in random_inputs(model, 16)[0]:
        np.testing.assert_array_equal(oracle.run([window])[0], Reference(model).run([window]).outputs[0])


def test_dead_channels_really_go(tmp_path: Path) -> None:
    """Multiplications and weights become fewer; the first convolution keeps no zero filter that the border allows."""
    plain, passed = assert_same_outputs(read_model(pruned_network(1)), frozenset({Pass.DEAD_CHANNELS}), tmp_path)
    assert passed.macs < 0.7 * plain.macs


def test_pads_really_go(tmp_path: Path) -> None:
    """Both PADs become borders."""
    plain, passed = assert_same_outputs(read_model(padded_network()), frozenset({Pass.FUSE_PAD}), tmp_path)
    assert ["pad", "conv2d_s8", "pad", "depthwise_conv2d_s8"] == [
        k.function.partition("_")[0] if "pad" in k.function else k.function for k in plain.kernels
    ]
    assert ["conv2d_s8", "depthwise_conv2d_s8"] == [k.function for k in passed.kernels]


def test_memory_really_shrinks(tmp_path: Path) -> None:
    """Fused additions and in-place operators need less memory than the plain model."""
    plain, passed = assert_same_outputs(read_model(pruned_network(2)), ALL_PASSES, tmp_path)
    assert passed.plan.arena_bytes < plain.plan.arena_bytes
    assert any(k.function == "conv2d_add_s8" for k in passed.kernels)


@pytest.mark.parametrize(("name", "arena"), [("kws", 9000), ("ic", 34000), ("vww", 46300), ("ad", 768)])
def test_real_models_keep_their_bits(data_folder: Path, name: str, arena: int, tmp_path: Path) -> None:
    """MLPerf Tiny's models keep their bits, within a known arena."""
    data = (data_folder / "models" / f"{name}_int8.tflite").read_bytes()
    _, passed = assert_same_outputs(read_model(data), ALL_PASSES, tmp_path)
    assert passed.plan.arena_bytes <= arena
