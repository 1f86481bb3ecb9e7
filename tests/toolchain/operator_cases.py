"""Random single-operator models, drawn by Hypothesis: shapes, strides, padding, scales, zero points, activations."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder

Draw = st.DrawFn
ACTIVATIONS = st.sampled_from([0, 1, 3])
SCALES = st.floats(2.0**-10, 0.5, width=32)
ZEROS = st.integers(-128, 127)


def _weights(draw: Draw, shape: tuple[int, ...]) -> np.ndarray:
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        return chance.choice(np.array([-127, 0, 127], np.int8), shape)
    return chance.integers(-127, 128, shape).astype(np.int8)


def _scales(draw: Draw, channels: int) -> np.ndarray:
    count = channels if draw(st.booleans()) else 1
    return np.array([draw(st.floats(2.0**-13, 0.125, width=32)) for _ in range(count)], np.float32)


def _bias(draw: Draw, channels: int) -> np.ndarray:
    return np.array([draw(st.integers(-20000, 20000)) for _ in range(channels)], np.int32)


def _out(size: int, kernel: int, stride: int, dilation: int, same: bool) -> int:  # noqa: FBT001
    return -(-size // stride) if same else (size - (kernel - 1) * dilation - 1) // stride + 1


@st.composite
def convolution(draw: Draw, *, floating: bool = False, depthwise: bool = False) -> bytes:
    """CONV_2D or DEPTHWISE_CONV_2D with any stride, dilation and padding."""
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    stride = draw(st.integers(1, 3))
    dilation = 1 if stride > 1 else draw(st.integers(1, 2))
    least = [(k - 1) * dilation + 1 for k in kernel]
    height, width = (draw(st.integers(n, n + 6)) for n in least)
    depth = draw(st.integers(1, 5))
    out_c = depth * draw(st.integers(1, 3)) if depthwise else draw(st.integers(1, 6))
    same = draw(st.booleans())
    shape = (1, _out(height, kernel[0], stride, dilation, same), _out(width, kernel[1], stride, dilation, same), out_c)
    g = GraphBuilder()
    w_shape = (1, *kernel, out_c) if depthwise else (out_c, *kernel, depth)
    if floating:
        chance = np.random.default_rng(draw(st.integers(0, 99)))
        x = g.input((1, height, width, depth), "float32")
        w = g.constant(chance.normal(size=w_shape).astype(np.float32))
        b = g.constant(chance.normal(size=out_c).astype(np.float32))
        y = g.tensor(shape, "float32")
    else:
        x = g.input((1, height, width, depth), "int8", draw(SCALES), draw(ZEROS))
        w = g.constant(_weights(draw, w_shape), _scales(draw, out_c), axis=3 if depthwise else 0)
        b = g.constant(_bias(draw, out_c))
        y = g.tensor(shape, "int8", draw(SCALES), draw(ZEROS))
    options = {"strideH": stride, "strideW": stride, "dilationHFactor": dilation, "dilationWFactor": dilation}
    options |= {"padding": 0 if same else 1, "fusedActivationFunction": draw(ACTIVATIONS)}
    if depthwise:
        options["depthMultiplier"] = out_c // depth
    g.op("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x, w, b], [y], **options)
    return g.build([y])


@st.composite
def fully_connected(draw: Draw, *, floating: bool = False) -> bytes:
    """FULLY_CONNECTED with and without bias, one or more rows."""
    rows, depth, units = draw(st.integers(1, 3)), draw(st.integers(1, 20)), draw(st.integers(1, 8))
    g = GraphBuilder()
    if floating:
        chance = np.random.default_rng(draw(st.integers(0, 99)))
        x = g.input((rows, depth), "float32")
        w = g.constant(chance.normal(size=(units, depth)).astype(np.float32))
        b = g.constant(chance.normal(size=units).astype(np.float32))
        y = g.tensor((rows, units), "float32")
    else:
        in_scale, scale = draw(SCALES), _scales(draw, units)
        x = g.input((rows, depth), "int8", in_scale, draw(ZEROS))
        w = g.constant(_weights(draw, (units, depth)), scale)
        b = g.constant(_bias(draw, units), np.float32(in_scale) * scale)
        y = g.tensor((rows, units), "int8", draw(SCALES), draw(ZEROS))
    inputs = [x, w, b] if draw(st.booleans()) else [x, w, -1]
    g.op("FULLY_CONNECTED", inputs, [y], fusedActivationFunction=draw(ACTIVATIONS))
    return g.build([y])


@st.composite
def pool(draw: Draw, *, floating: bool = False) -> bytes:
    """AVERAGE_POOL_2D and MAX_POOL_2D; input and output share their quantisation, as TFLite demands."""
    kernel, stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3))), draw(st.integers(1, 2))
    height, width = (draw(st.integers(k, k + 5)) for k in kernel)
    depth, same = draw(st.integers(1, 4)), draw(st.booleans())
    quantised = (None, 0) if floating else (draw(SCALES), draw(ZEROS))
    dtype = "float32" if floating else "int8"
    g = GraphBuilder()
    x = g.input((1, height, width, depth), dtype, *quantised)
    shape = (1, _out(height, kernel[0], stride, 1, same), _out(width, kernel[1], stride, 1, same), depth)
    y = g.tensor(shape, dtype, *quantised)
    options = {"padding": 0 if same else 1, "strideH": stride, "strideW": stride}
    options |= {"filterHeight": kernel[0], "filterWidth": kernel[1], "fusedActivationFunction": draw(ACTIVATIONS)}
    g.op(draw(st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"])), [x], [y], **options)
    return g.build([y])


@st.composite
def mean(draw: Draw, *, floating: bool = False) -> bytes:
    """MEAN over neighbouring axes, quantised alike or differently."""
    shape = (1, draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 6)))
    axes = draw(st.sampled_from([(1, 2), (2,), (1,), (3,), (2, 3)]))
    keep = draw(st.booleans())
    out = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    first = (None, 0) if floating else (draw(SCALES), draw(ZEROS))
    second = first if draw(st.booleans()) or floating else (draw(SCALES), draw(ZEROS))
    dtype = "float32" if floating else "int8"
    g = GraphBuilder()
    x = g.input(shape, dtype, *first)
    y = g.tensor(out, dtype, *second)
    g.op("MEAN", [x, g.constant(np.array(axes, np.int32))], [y], keepDims=keep)
    return g.build([y])


@st.composite
def add(draw: Draw, *, floating: bool = False) -> bytes:
    """ADD of two inputs of one shape."""
    shape = (1, draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    dtype = "float32" if floating else "int8"
    g = GraphBuilder()
    a, b = (g.input(shape, dtype, *((None, 0) if floating else (draw(SCALES), draw(ZEROS)))) for _ in range(2))
    y = g.tensor(shape, dtype, *((None, 0) if floating else (draw(SCALES), draw(ZEROS))))
    g.op("ADD", [a, b], [y], fusedActivationFunction=draw(ACTIVATIONS))
    return g.build([y])


@st.composite
def shuffle(draw: Draw, *, floating: bool = False) -> bytes:
    """PAD, then TRANSPOSE, then RESHAPE."""
    shape = tuple(draw(st.integers(1, 4)) for _ in range(4))
    margins = np.array([[draw(st.integers(0, 2)) for _ in range(2)] for _ in range(4)], np.int32)
    order = draw(st.permutations(range(4)))
    quantised = (None, 0) if floating else (draw(SCALES), draw(ZEROS))
    dtype = "float32" if floating else "int8"
    g = GraphBuilder()
    x = g.input((1, *shape[1:]), dtype, *quantised)
    padded = tuple(int(n + m.sum()) for n, m in zip((1, *shape[1:]), margins, strict=True))
    turned = tuple(padded[a] for a in order)
    flat = (1, int(np.prod(turned)))
    p, t, y = (g.tensor(s, dtype, *quantised) for s in (padded, turned, flat))
    g.op("PAD", [x, g.constant(margins)], [p])
    g.op("TRANSPOSE", [p, g.constant(np.array(order, np.int32))], [t])
    g.op("RESHAPE", [t, g.constant(np.array(flat, np.int32))], [y], newShape=list(flat))
    return g.build([y])


@st.composite
def borders(draw: Draw) -> bytes:
    """QUANTIZE and DEQUANTIZE, float to float through int8."""
    shape = (1, draw(st.integers(1, 40)))
    g = GraphBuilder()
    x = g.input(shape, "float32")
    q = g.tensor(shape, "int8", draw(SCALES), draw(ZEROS))
    y = g.tensor(shape, "float32")
    g.op("QUANTIZE", [x], [q])
    g.op("DEQUANTIZE", [q], [y])
    return g.build([y])


CASES = {
    "conv2d_s8": convolution(),
    "conv2d_f32": convolution(floating=True),
    "depthwise_conv2d_s8": convolution(depthwise=True),
    "depthwise_conv2d_f32": convolution(floating=True, depthwise=True),
    "fully_connected_s8": fully_connected(),
    "fully_connected_f32": fully_connected(floating=True),
    "pool2d_s8": pool(),
    "pool2d_f32": pool(floating=True),
    "mean_s8": mean(),
    "mean_f32": mean(floating=True),
    "add_s8": add(),
    "add_f32": add(floating=True),
    "shuffle_s8": shuffle(),
    "shuffle_f32": shuffle(floating=True),
    "borders": borders(),
}
