"""Random models of reductions, products, casts, comparisons and choices, drawn by Hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.cases_moves import DTYPES, SCALES, SIDE, ZEROS, Draw, quantisation, shape_of, vector
from tests.toolchain.graph_builder import GraphBuilder


@st.composite
def reduction(draw: Draw, kinds: tuple[str, ...], dtypes: tuple[str, ...] = ("int8", "float32")) -> bytes:
    """A reduction over any axes, neighbours or not."""
    kind, dtype = draw(st.sampled_from(kinds)), draw(st.sampled_from(dtypes))
    shape = tuple(draw(SIDE) for _ in range(4))
    axes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True))
    keep = draw(st.booleans())
    out = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    first = (draw(SCALES), 0) if dtype == "int16" else quantisation(draw, dtype)
    second = first
    if kind in {"SUM", "MEAN"} and dtype != "float32":
        second = (draw(SCALES), 0 if dtype == "int16" else draw(ZEROS))
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *first), g.tensor(out, dtype, *second)
    given = [a - 4 if draw(st.booleans()) and kind != "MEAN" else a for a in axes]
    g.op(kind, [x, g.constant(vector(*given))], [y], keepDims=keep)
    return g.build([y])


@st.composite
def arg_extreme(draw: Draw) -> bytes:
    """ARG_MAX and ARG_MIN along any dimension."""
    kind, dtype, shape = draw(st.sampled_from(["ARG_MAX", "ARG_MIN"])), draw(DTYPES), shape_of(draw)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    out = shape[: axis % len(shape)] + shape[axis % len(shape) + 1 :]
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *quantisation(draw, dtype)), g.tensor(out, "int32")
    g.op(kind, [x, g.constant(np.array(axis, np.int32))], [y], outputType=2)
    return g.build([y])


_CODES = {"float32": 0, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "int8": 9}


@st.composite
def cast(draw: Draw, sources: tuple[str, ...], targets: tuple[str, ...]) -> bytes:
    """CAST between two types."""
    source, target = draw(st.sampled_from(sources)), draw(st.sampled_from(targets))
    shape = shape_of(draw)
    g = GraphBuilder()
    x, y = g.input(shape, source), g.tensor(shape, target)
    g.op("CAST", [x], [y], inDataType=_CODES[source], outDataType=_CODES[target])
    return g.build([y])


@st.composite
def batch_matmul(draw: Draw, *only: str) -> bytes:
    """BATCH_MATMUL with either side transposed, constant, or repeated for every batch."""
    dtype = draw(st.sampled_from(only) if only else DTYPES)
    rows, depth, columns = draw(SIDE), draw(st.integers(1, 12)), draw(SIDE)
    batches = shape_of(draw, 0, 2, st.integers(1, 3))
    adj_x, adj_y = draw(st.booleans()), draw(st.booleans())
    sides = []
    for size in ((depth, rows) if adj_x else (rows, depth), (columns, depth) if adj_y else (depth, columns)):
        kept = batches[draw(st.integers(0, len(batches))) :] if draw(st.booleans()) else batches
        sides.append((*(1 if draw(st.integers(0, 3)) == 0 else n for n in kept), *size))
    out = (*np.broadcast_shapes(sides[0][:-2], sides[1][:-2]), rows, columns)
    g = GraphBuilder()
    scales = [quantisation(draw, dtype) for _ in range(3)]
    a = g.input(sides[0], dtype, *scales[0])
    if draw(st.booleans()):
        b = g.constant(np.random.default_rng(depth).integers(-128, 128, sides[1]).astype(dtype), *scales[1])
    else:
        b = g.input(sides[1], dtype, *scales[1])
    y = g.tensor(out, dtype, *scales[2])
    g.op("BATCH_MATMUL", [a, b], [y], adjX=adj_x, adjY=adj_y)
    return g.build([y])


@st.composite
def transpose_conv(draw: Draw, *only: str) -> bytes:
    """TRANSPOSE_CONV with any stride and padding, with and without bias."""
    dtype = draw(st.sampled_from(only) if only else DTYPES)
    kernel, stride = (draw(st.integers(1, 4)), draw(st.integers(1, 4))), draw(st.integers(1, 3))
    height, width, depth, channels = (draw(st.integers(1, 4)) for _ in range(4))
    same = draw(st.booleans())
    sizes = [
        n * stride if same else n * stride + max(k - stride, 0) for n, k in zip((height, width), kernel, strict=True)
    ]
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    shape = (channels, *kernel, depth)
    g = GraphBuilder()
    x = g.input((1, height, width, depth), dtype, *quantisation(draw, dtype))
    if dtype == "int8":
        count = draw(st.sampled_from([1, channels]))
        scale = np.array([draw(st.floats(2.0**-13, 0.125, width=32)) for _ in range(count)], np.float32)
        w = g.constant(chance.integers(-127, 128, shape).astype(np.int8), scale)
        b = g.constant(chance.integers(-20000, 20000, channels).astype(np.int32))
    else:
        w = g.constant(chance.normal(size=shape).astype(np.float32))
        b = g.constant(chance.normal(size=channels).astype(np.float32))
    y = g.tensor((1, *sizes, channels), dtype, *quantisation(draw, dtype))
    size = g.constant(vector(1, *sizes, channels))
    inputs = [size, w, x, b] if draw(st.booleans()) else [size, w, x]
    g.op("TRANSPOSE_CONV", inputs, [y], padding=0 if same else 1, strideH=stride, strideW=stride)
    return g.build([y])


def _broadcastable(draw: Draw, count: int) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """Shapes that broadcast, all of one rank, and what they broadcast to."""
    shape = shape_of(draw)
    shapes = [tuple(1 if draw(st.integers(0, 3)) == 0 else n for n in shape) for _ in range(count)]
    return shapes, np.broadcast_shapes(*shapes)


@st.composite
def comparison(draw: Draw) -> bytes:
    """Two comparisons joined by a logical operator, and the result negated."""
    kinds = ["EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"]
    shapes, out = _broadcastable(draw, 2)
    dtype = draw(st.sampled_from(["int8", "float32", "int32", "int64"]))
    g = GraphBuilder()
    a, b = (g.input(shape, dtype, *quantisation(draw, dtype)) for shape in shapes)
    results = []
    for _ in range(2):
        results.append(g.tensor(out, "bool"))
        g.op(draw(st.sampled_from(kinds)), [a, b], [results[-1]])
    joined, y = g.tensor(out, "bool"), g.tensor(out, "bool")
    g.op(draw(st.sampled_from(["LOGICAL_AND", "LOGICAL_OR"])), results, [joined])
    g.op("LOGICAL_NOT", [joined], [y])
    return g.build([y])


@st.composite
def select(draw: Draw) -> bytes:
    """SELECT_V2 by a comparison, with broadcast."""
    dtype = draw(st.sampled_from(["int8", "float32"]))
    shapes, out = _broadcastable(draw, 3)
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    score = g.input(shapes[0], "float32")
    condition = g.tensor(shapes[0], "bool")
    g.op("GREATER", [score, g.constant(np.zeros((1,) * len(out), np.float32))], [condition])
    yes, no = (g.input(shape, dtype, *first) for shape in shapes[1:])
    y = g.tensor(out, dtype, *first)
    g.op("SELECT_V2", [condition, yes, no], [y])
    return g.build([y])


_KNOWN = ("int8", "int16", "int32", "float32", "bool")
"""Types that TFLite Micro casts."""

CASES = {
    "mean": reduction(("MEAN",), ("int8", "int16", "float32")),
    "sum": reduction(("SUM",)),
    "reduce_extreme": reduction(("REDUCE_MAX", "REDUCE_MIN")),
    "arg_extreme": arg_extreme(),
    "cast": cast(_KNOWN, _KNOWN),
    "batch_matmul": batch_matmul(),
    "transpose_conv": transpose_conv(),
    "comparison": comparison(),
    "select": select(),
}
LITERT_CASES = {
    "cast_from_wide": cast(("int64", "uint8"), (*_KNOWN, "int64", "uint8")),
    "cast_to_wide": cast(_KNOWN, ("int64", "uint8")),
}
"""Forms that TFLite Micro does not know."""
