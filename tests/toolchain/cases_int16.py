"""Random models on int16 activations, drawn by Hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder

Draw = st.DrawFn
SCALES = st.floats(2.0**-13, 2.0**-5, width=32)
FINE = st.floats(2.0**-10, 2.0**-5, width=32)
BIASES = ("none", "int32", "int64")
ACTIVATIONS = st.sampled_from([0, 1, 3])


def _weights(draw: Draw, g: GraphBuilder, shape: tuple[int, ...], channels: int, axis: int) -> tuple[int, np.ndarray]:
    """Weights and their scales."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scales = np.array([draw(FINE) for _ in range(channels if draw(st.booleans()) else 1)], np.float32)
    extreme = draw(st.booleans())
    values = chance.choice(np.array([-127, 127], np.int8), shape) if extreme else chance.integers(-127, 128, shape)
    return g.constant(values.astype(np.int8), scales, axis=axis), scales


def _bias(draw: Draw, g: GraphBuilder, channels: int, kinds: tuple[str, ...], scales: np.ndarray) -> int:
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return -1
    limit = 2**20 if kind == "int32" else 2**36
    return g.constant(np.array([draw(st.integers(-limit, limit)) for _ in range(channels)], kind), scales)


def _out(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    return -(-size // stride) if padding == 0 else (size - (kernel - 1) * dilation - 1) // stride + 1


@st.composite
def convolution(draw: Draw, *, depthwise: bool = False) -> bytes:
    """CONV_2D or DEPTHWISE_CONV_2D with any stride, dilation and padding."""
    kernel, stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3))), draw(st.integers(1, 2))
    dilation = 1 if stride > 1 else draw(st.integers(1, 2))
    height, width = (draw(st.integers((k - 1) * dilation + 1, (k - 1) * dilation + 5)) for k in kernel)
    depth, padding = draw(st.integers(1, 5)), draw(st.integers(0, 1))
    channels = depth * draw(st.integers(1, 2)) if depthwise else draw(st.integers(1, 4))
    g = GraphBuilder()
    in_scale = np.float32(draw(SCALES))
    x = g.input((1, height, width, depth), "int16", in_scale)
    shape, axis = ((1, *kernel, channels), 3) if depthwise else ((channels, *kernel, depth), 0)
    w, scales = _weights(draw, g, shape, channels, axis)
    b = _bias(draw, g, channels, ("int64",) if depthwise else BIASES, in_scale * scales)
    size = [_out(n, k, stride, dilation, padding) for n, k in ((height, kernel[0]), (width, kernel[1]))]
    y = g.tensor((1, *size, channels), "int16", draw(SCALES))
    options = {"strideH": stride, "strideW": stride, "dilationHFactor": dilation, "dilationWFactor": dilation}
    options |= {"padding": padding, "fusedActivationFunction": draw(ACTIVATIONS)}
    if depthwise:
        options["depthMultiplier"] = channels // depth
    g.op("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x, w, b], [y], **options)
    return g.build([y])


@st.composite
def fully_connected(draw: Draw) -> bytes:
    """FULLY_CONNECTED with and without bias."""
    rows, depth, units = draw(st.integers(1, 3)), draw(st.integers(1, 20)), draw(st.integers(1, 6))
    g = GraphBuilder()
    in_scale = np.float32(draw(SCALES))
    x = g.input((rows, depth), "int16", in_scale)
    w, scales = _weights(draw, g, (units, depth), units, 0)
    b = _bias(draw, g, units, BIASES, in_scale * scales)
    y = g.tensor((rows, units), "int16", draw(SCALES))
    g.op("FULLY_CONNECTED", [x, w, b], [y], fusedActivationFunction=draw(ACTIVATIONS))
    return g.build([y])


@st.composite
def binary(draw: Draw) -> bytes:
    """ADD, SUB and MUL of two inputs that broadcast."""
    shape = (1, draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    other = draw(st.sampled_from([shape, (1, 1, 1, shape[3]), (shape[3],)]))
    kind = draw(st.sampled_from(["ADD", "SUB", "MUL"]))
    g = GraphBuilder()
    a, b = g.input(shape, "int16", draw(SCALES)), g.input(other, "int16", draw(SCALES))
    y = g.tensor(shape, "int16", draw(SCALES))
    g.op(kind, [a, b], [y], fusedActivationFunction=draw(ACTIVATIONS))
    return g.build([y])


@st.composite
def sigmoid(draw: Draw) -> bytes:
    """LOGISTIC and TANH, on powers of two and other scales."""
    shape = (1, draw(st.integers(1, 200)))
    scale = draw(st.sampled_from([2.0**-12, 2.0**-11, 2.0**-10, 2.0**-13]) | st.floats(2.0**-16, 1.0, width=32))
    g = GraphBuilder()
    x, y = g.input(shape, "int16", scale), g.tensor(shape, "int16", 2.0**-15)
    g.op(draw(st.sampled_from(["LOGISTIC", "TANH"])), [x], [y])
    return g.build([y])


@st.composite
def pool(draw: Draw) -> bytes:
    """AVERAGE_POOL_2D and MAX_POOL_2D."""
    kernel, stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3))), draw(st.integers(1, 2))
    height, width = (draw(st.integers(k, k + 5)) for k in kernel)
    depth, padding, scale = draw(st.integers(1, 4)), draw(st.integers(0, 1)), draw(SCALES)
    g = GraphBuilder()
    x = g.input((1, height, width, depth), "int16", scale)
    size = [_out(n, k, stride, 1, padding) for n, k in ((height, kernel[0]), (width, kernel[1]))]
    y = g.tensor((1, *size, depth), "int16", scale)
    options = {"padding": padding, "strideH": stride, "strideW": stride, "filterHeight": kernel[0]}
    options |= {"filterWidth": kernel[1], "fusedActivationFunction": draw(ACTIVATIONS)}
    g.op(draw(st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"])), [x], [y], **options)
    return g.build([y])


CASES = {
    "binary_s16": binary(),
    "sigmoid_s16": sigmoid(),
    "pool2d_s16": pool(),
    "conv2d_s16": convolution(),
    "depthwise_conv2d_s16": convolution(depthwise=True),
    "fully_connected_s16": fully_connected(),
}
