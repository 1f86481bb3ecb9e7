"""Random models of operators that only move elements, drawn by Hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder

Draw = st.DrawFn
SCALES = st.floats(2.0**-10, 0.5, width=32)
ZEROS = st.integers(-128, 127)
SIDE = st.integers(1, 5)
DTYPES = st.sampled_from(["int8", "float32"])


def quantisation(draw: Draw, dtype: str) -> tuple[Any, int]:
    """Scale and zero point for an int8 tensor, none for others."""
    return (draw(SCALES), draw(ZEROS)) if dtype == "int8" else (None, 0)


def shape_of(draw: Draw, least: int = 1, most: int = 4, side: st.SearchStrategy[int] = SIDE) -> tuple[int, ...]:
    """A shape with some dimensions."""
    return tuple(draw(side) for _ in range(draw(st.integers(least, most))))


def vector(*values: Any) -> np.ndarray:
    """An int32 argument."""
    return np.array(values, np.int32)


@st.composite
def concatenation(draw: Draw) -> bytes:
    """CONCATENATION of one to four inputs, one of them constant at times; TRANSPOSE behind it."""
    dtype = draw(st.sampled_from(["int8", "float32", "int32", "int16"]))
    first, shape = quantisation(draw, dtype), shape_of(draw)
    if dtype == "int16":
        first = (draw(SCALES), 0)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    sizes = [draw(SIDE) for _ in range(draw(st.integers(1, 4)))]
    g = GraphBuilder()
    inputs = []
    for place, size in enumerate(sizes):
        piece = list(shape)
        piece[axis] = size
        if place and draw(st.booleans()):
            values = np.random.default_rng(size).integers(-100, 100, piece)
            inputs.append(g.constant(values.astype(dtype), *first))
        else:
            inputs.append(g.input(tuple(piece), dtype, *first))
    whole = list(shape)
    whole[axis] = sum(sizes)
    y = g.tensor(tuple(whole), dtype, *first)
    g.op("CONCATENATION", inputs, [y], axis=axis)
    return g.build([y])


@st.composite
def strided_slice(draw: Draw) -> bytes:
    """STRIDED_SLICE with masks, negative bounds and strides, shrunk dimensions, bounds out of range."""
    dtype = draw(st.sampled_from(["int8", "float32", "int32", "int16"]))
    shape = shape_of(draw)
    masks = dict.fromkeys(("beginMask", "endMask", "shrinkAxisMask"), 0)
    rows, index = [], []
    for place, size in enumerate(shape):
        step, row = draw(st.sampled_from([1, 1, 2, 3, -1, -2])), (0, 0, 1)
        if draw(st.integers(0, 4)) == 0:
            at = draw(st.integers(-size, size - 1))
            row, part = (at, at + 1, 1), at
            masks["shrinkAxisMask"] |= 1 << place
        else:
            begin, end = (draw(st.integers(-size - 1, size + 1)) for _ in range(2))
            bare = [draw(st.booleans()) for _ in range(2)]
            part = slice(None if bare[0] else begin, None if bare[1] else end, step)
            if not range(size)[part]:
                bare, part = [True, True], slice(None, None, step)
            masks["beginMask"] |= bare[0] << place
            masks["endMask"] |= bare[1] << place
            row = (begin, end, step)
        rows.append(row)
        index.append(part)
    out = np.empty(shape)[tuple(index)].shape
    g = GraphBuilder()
    first = quantisation(draw, dtype)
    x, y = g.input(shape, dtype, *first), g.tensor(out, dtype, *first)
    g.op("STRIDED_SLICE", [x, *(g.constant(vector(*column)) for column in zip(*rows, strict=True))], [y], **masks)
    return g.build([y])


@st.composite
def slices(draw: Draw) -> bytes:
    """SLICE with sizes, and -1 for all the rest."""
    dtype, shape = draw(st.sampled_from(["int8", "float32", "int32", "int16"])), shape_of(draw, 1, 5)
    begin = [draw(st.integers(0, n - 1)) for n in shape]
    size = [draw(st.integers(1, n - b)) for n, b in zip(shape, begin, strict=True)]
    given = [-1 if b + s == n and draw(st.booleans()) else s for n, b, s in zip(shape, begin, size, strict=True)]
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *first), g.tensor(tuple(size), dtype, *first)
    g.op("SLICE", [x, g.constant(vector(*begin)), g.constant(vector(*given))], [y])
    return g.build([y])


@st.composite
def split(draw: Draw, *, sizes: bool = False) -> bytes:
    """SPLIT or SPLIT_V, its parts joined again in another order so that each is seen."""
    dtype, shape = draw(DTYPES), list(shape_of(draw))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    count = draw(st.integers(1, 4))
    parts = [draw(SIDE) for _ in range(count)] if sizes else [shape[axis]] * count
    shape[axis] = sum(parts)
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x = g.input(tuple(shape), dtype, *first)
    outs = [g.tensor((*shape[: axis % len(shape)], n, *shape[axis % len(shape) + 1 :]), dtype, *first) for n in parts]
    if sizes:
        g.op("SPLIT_V", [x, g.constant(vector(*parts)), g.constant(np.array(axis, np.int32))], outs, numSplits=count)
    else:
        g.op("SPLIT", [g.constant(np.array(axis, np.int32)), x], outs, numSplits=count)
    y = g.tensor(tuple(shape), dtype, *first)
    g.op("CONCATENATION", outs[::-1], [y], axis=axis)
    return g.build([y])


@st.composite
def pack(draw: Draw) -> bytes:
    """UNPACK, then PACK along another dimension."""
    dtype, shape = draw(st.sampled_from(["int8", "float32", "int32"])), shape_of(draw, 1, 4)
    first = quantisation(draw, dtype)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    count, rest = shape[axis], shape[: axis % len(shape)] + shape[axis % len(shape) + 1 :]
    g = GraphBuilder()
    x = g.input(shape, dtype, *first)
    parts = [g.tensor(rest, dtype, *first) for _ in range(count)]
    g.op("UNPACK", [x], parts, num=count, axis=axis)
    other = draw(st.integers(0, len(rest)))
    y = g.tensor((*rest[:other], count, *rest[other:]), dtype, *first)
    g.op("PACK", parts[::-1], [y], valuesCount=count, axis=other)
    return g.build([y])


def indices(g: GraphBuilder, shape: tuple[int, ...], rows: int) -> int:
    """Indices below `rows` that are known at run time only: places of maxima."""
    scores = g.input((*shape, rows), "float32")
    found = g.tensor(shape, "int32")
    g.op("ARG_MAX", [scores, g.constant(vector(-1))], [found], outputType=2)
    return found


@st.composite
def gather(draw: Draw) -> bytes:
    """GATHER along any axis, from a constant or a computed table, with batch dimensions at times."""
    dtype, shape = draw(DTYPES), shape_of(draw)
    axis = draw(st.integers(0, len(shape) - 1))
    batch = draw(st.integers(0, axis))
    wanted = (*shape[:batch], *shape_of(draw, 1, 2))
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    if draw(st.booleans()):
        table = g.constant(np.random.default_rng(1).integers(-100, 100, shape).astype(dtype), *first)
    else:
        table = g.input(shape, dtype, *first)
    found = indices(g, wanted, shape[axis])
    y = g.tensor((*shape[:axis], *wanted[batch:], *shape[axis + 1 :]), dtype, *first)
    g.op("GATHER", [table, found], [y], axis=axis, batchDims=batch)
    return g.build([y])


@st.composite
def gather_nd(draw: Draw) -> bytes:
    """GATHER_ND by constant rows of indices."""
    dtype, shape = draw(DTYPES), shape_of(draw)
    first = quantisation(draw, dtype)
    depth, count = draw(st.integers(1, len(shape))), draw(SIDE)
    rows = [[draw(st.integers(0, n - 1)) for n in shape[:depth]] for _ in range(count)]
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *first), g.tensor((count, *shape[depth:]), dtype, *first)
    g.op("GATHER_ND", [x, g.constant(vector(*rows))], [y])
    return g.build([y])


@st.composite
def embedding(draw: Draw) -> bytes:
    """EMBEDDING_LOOKUP from a float or an int8 table, to float or int8."""
    rows, depth, count = (draw(SIDE) for _ in range(3))
    kind = draw(st.sampled_from([("float32", "float32"), ("int8", "float32"), ("int8", "int8")]))
    scale = draw(SCALES) if kind[0] == "int8" else None
    g = GraphBuilder()
    table = g.constant(np.random.default_rng(rows).integers(-127, 127, (rows, depth)).astype(kind[0]), scale)
    found = indices(g, (count,), rows)
    y = g.tensor((count, depth), kind[1], scale if kind[1] == "int8" else None)
    g.op("EMBEDDING_LOOKUP", [found, table], [y])
    return g.build([y])


@st.composite
def pad(draw: Draw) -> bytes:
    """PAD and PADV2 of up to five dimensions with any fill."""
    dtype, shape = draw(DTYPES), shape_of(draw, 1, 5, st.integers(1, 4))
    margins = vector(*[[draw(st.integers(0, 2)) for _ in range(2)] for _ in shape])
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x = g.input(shape, dtype, *first)
    y = g.tensor(tuple(int(n + m.sum()) for n, m in zip(shape, margins, strict=True)), dtype, *first)
    if draw(st.booleans()):
        fill = g.constant(np.array([draw(st.integers(-128, 127))]).astype(dtype), *first)
        g.op("PADV2", [x, g.constant(margins), fill], [y])
    else:
        g.op("PAD", [x, g.constant(margins)], [y])
    return g.build([y])


@st.composite
def transpose(draw: Draw) -> bytes:
    """TRANSPOSE of up to five dimensions."""
    dtype, shape = draw(st.sampled_from(["int8", "float32", "int16"])), shape_of(draw, 1, 5)
    order = draw(st.permutations(range(len(shape))))
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *first), g.tensor(tuple(shape[a] for a in order), dtype, *first)
    g.op("TRANSPOSE", [x, g.constant(vector(*order))], [y])
    return g.build([y])


@st.composite
def broadcast_to(draw: Draw) -> bytes:
    """BROADCAST_TO of some dimensions of one element, and new ones in front."""
    dtype, shape = draw(DTYPES), shape_of(draw, 1, 3)
    wide = tuple(draw(SIDE) if draw(st.booleans()) else n for n in shape)
    small = tuple(n if n == m else 1 for n, m in zip(shape, wide, strict=True))
    wide = (*shape_of(draw, 0, 1), *wide)
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x, y = g.input(small, dtype, *first), g.tensor(wide, dtype, *first)
    g.op("BROADCAST_TO", [x, g.constant(vector(*wide))], [y])
    return g.build([y])


@st.composite
def blocks(draw: Draw) -> bytes:
    """DEPTH_TO_SPACE or SPACE_TO_DEPTH."""
    dtype, size = draw(DTYPES), draw(st.integers(1, 3))
    rows, columns, depth = (draw(st.integers(1, 3)) for _ in range(3))
    small, large = (1, rows, columns, depth * size * size), (1, rows * size, columns * size, depth)
    kind, before, after = draw(st.sampled_from([("DEPTH_TO_SPACE", small, large), ("SPACE_TO_DEPTH", large, small)]))
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x, y = g.input(before, dtype, *first), g.tensor(after, dtype, *first)
    g.op(kind, [x], [y], blockSize=size)
    return g.build([y])


@st.composite
def resize(draw: Draw) -> bytes:
    """RESIZE_NEAREST_NEIGHBOR to any size."""
    dtype = draw(DTYPES)
    height, width, rows, columns = (draw(st.integers(1, 9)) for _ in range(4))
    depth = draw(st.integers(1, 3))
    aligned, centred = draw(st.sampled_from([(False, False), (True, False), (False, True)]))
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x, y = g.input((1, height, width, depth), dtype, *first), g.tensor((1, rows, columns, depth), dtype, *first)
    options = {"alignCorners": aligned, "halfPixelCenters": centred}
    g.op("RESIZE_NEAREST_NEIGHBOR", [x, g.constant(vector(rows, columns))], [y], **options)
    return g.build([y])


@st.composite
def reverse(draw: Draw) -> bytes:
    """REVERSE_V2 along one dimension."""
    dtype, shape = draw(DTYPES), shape_of(draw)
    first = quantisation(draw, dtype)
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *first), g.tensor(shape, dtype, *first)
    g.op("REVERSE_V2", [x, g.constant(vector(draw(st.integers(0, len(shape) - 1))))], [y])
    return g.build([y])


@st.composite
def tile(draw: Draw) -> bytes:
    """TILE along any dimensions."""
    dtype, shape = draw(st.sampled_from(["int8", "float32", "int32", "int64"])), shape_of(draw, 1, 4)
    times = [draw(st.integers(1, 3)) for _ in shape]
    g = GraphBuilder()
    x = g.input(shape, dtype)
    y = g.tensor(tuple(n * m for n, m in zip(shape, times, strict=True)), dtype)
    g.op("TILE", [x, g.constant(vector(*times))], [y])
    return g.build([y])


@st.composite
def deep_transpose(draw: Draw) -> bytes:
    """TRANSPOSE of six dimensions and of 64-bit elements."""
    dtype, shape = draw(st.sampled_from(["int64", "int32", "float32"])), shape_of(draw, 3, 6, st.integers(1, 3))
    order = draw(st.permutations(range(len(shape))))
    g = GraphBuilder()
    x, y = g.input(shape, dtype), g.tensor(tuple(shape[a] for a in order), dtype)
    g.op("TRANSPOSE", [x, g.constant(vector(*order))], [y])
    return g.build([y])


@st.composite
def ellipsis_slice(draw: Draw) -> bytes:
    """STRIDED_SLICE with an ellipsis and a new dimension."""
    shape = shape_of(draw, 2, 4)
    begin = draw(st.integers(0, shape[-1] - 1))
    g = GraphBuilder()
    x, y = g.input(shape, "float32"), g.tensor((1, *shape[:-1], shape[-1] - begin), "float32")
    rows = [(0, 0, 1), (0, 0, 1), (begin, 0, 1)]
    inputs = [x, *(g.constant(vector(*column)) for column in zip(*rows, strict=True))]
    g.op("STRIDED_SLICE", inputs, [y], newAxisMask=1, ellipsisMask=2, endMask=4, beginMask=0, shrinkAxisMask=0)
    return g.build([y])


@st.composite
def wide_gather(draw: Draw) -> bytes:
    """GATHER of integers."""
    dtype, shape = draw(st.sampled_from(["int32", "int64", "int16"])), shape_of(draw)
    axis, wanted = draw(st.integers(0, len(shape) - 1)), shape_of(draw, 1, 2)
    g = GraphBuilder()
    table = g.input(shape, dtype)
    found = indices(g, wanted, shape[axis])
    y = g.tensor((*shape[:axis], *wanted, *shape[axis + 1 :]), dtype)
    g.op("GATHER", [table, found], [y], axis=axis)
    return g.build([y])


@st.composite
def scaled_rows(draw: Draw) -> bytes:
    """EMBEDDING_LOOKUP from an int8 table with a scale for each row."""
    rows, depth, count = draw(st.integers(2, 6)), draw(SIDE), draw(SIDE)
    scales = np.array([draw(SCALES) for _ in range(rows)], np.float32)
    g = GraphBuilder()
    table = g.constant(np.random.default_rng(rows).integers(-127, 127, (rows, depth)).astype(np.int8), scales)
    found = indices(g, (count,), rows)
    y = g.tensor((count, depth), "float32")
    g.op("EMBEDDING_LOOKUP", [found, table], [y])
    return g.build([y])


CASES = {
    "reverse": reverse(),
    "concatenation": concatenation(),
    "strided_slice": strided_slice(),
    "slice": slices(),
    "split": split(),
    "split_v": split(sizes=True),
    "pack": pack(),
    "gather": gather(),
    "gather_nd": gather_nd(),
    "embedding": embedding(),
    "pad": pad(),
    "transpose": transpose(),
    "broadcast_to": broadcast_to(),
    "blocks": blocks(),
    "resize_nearest": resize(),
}
LITERT_CASES = {
    "tile": tile(),
    "deep_transpose": deep_transpose(),
    "ellipsis_slice": ellipsis_slice(),
    "wide_gather": wide_gather(),
    "scaled_rows": scaled_rows(),
}
"""Forms that TFLite Micro does not know."""
