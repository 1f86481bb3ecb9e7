"""Random models of operators with one input: activations, roots, exponentials, and the borders between types."""

from __future__ import annotations

from typing import Final

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.cases_elementwise import SCALES, ZEROS
from tests.toolchain.graph_builder import GraphBuilder

Draw = st.DrawFn
_FIXED: Final = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}


def _shape(draw: Draw) -> tuple[int, ...]:
    """Large enough to meet most int8 values."""
    return tuple(draw(st.integers(1, 7)) for _ in range(draw(st.integers(1, 3))))


@st.composite
def floating(draw: Draw, *kinds: str) -> bytes:
    """float32 to float32."""
    shape = _shape(draw)
    g = GraphBuilder()
    x, y = g.input(shape, "float32"), g.tensor(shape, "float32")
    kind = draw(st.sampled_from(kinds))
    g.op(kind, [x], [y], **_options(draw, kind))
    return g.build([y])


@st.composite
def positive(draw: Draw, *kinds: str) -> bytes:
    """float32 to float32, of squares: roots and logarithms see no negative numbers."""
    shape = _shape(draw)
    g = GraphBuilder()
    x, squares, y = g.input(shape, "float32"), g.tensor(shape, "float32"), g.tensor(shape, "float32")
    g.op("SQUARE", [x], [squares])
    g.op(draw(st.sampled_from(kinds)), [squares], [y])
    return g.build([y])


@st.composite
def quantised(draw: Draw, *kinds: str) -> bytes:
    """int8 to int8, of one quantisation or of two."""
    kind, shape = draw(st.sampled_from(kinds)), _shape(draw)
    first = (draw(SCALES), draw(ZEROS))
    second = _FIXED.get(kind, (draw(SCALES), draw(ZEROS)))
    if kind == "RELU6":  # TFLite Micro refuses a six beyond the range
        first = (6 / draw(st.integers(1, 127 - first[1])) if first[1] < 127 else 6.0, min(first[1], 126))
    if kind == "RELU6" or (kind not in _FIXED and draw(st.booleans())):
        second = first
    if kind == "HARD_SWISH":
        second = (first[0] * draw(st.floats(0.01, 4.0)), second[1])
    if kind in {"RSQRT", "SQRT"}:  # refused for negative numbers
        first = (first[0], -128)
    g = GraphBuilder()
    x, y = g.input(shape, "int8", *first), g.tensor(shape, "int8", *second)
    g.op(kind, [x], [y], **_options(draw, kind))
    return g.build([y])


def _options(draw: Draw, kind: str) -> dict[str, float]:
    if kind == "GELU":
        return {"approximate": draw(st.booleans())}
    return {"alpha": draw(st.floats(0.0, 2.0, width=32))} if kind == "LEAKY_RELU" else {}


_REQUANTISED: Final = (
    ("int8", "int8"), ("int8", "int16"), ("int8", "int32"), ("int8", "uint8"), ("uint8", "int8"), ("int16", "int8"),
    ("int16", "int16"), ("int16", "int32"), ("int32", "int8"), ("int32", "int16"),
)  # fmt: skip


def _quantisation(draw: Draw, dtype: str) -> tuple[float, int]:
    if dtype == "int32":
        return draw(st.floats(2.0**-30, 2.0**-20, width=32)), 0
    limits = np.iinfo(dtype)
    zero = draw(st.integers(-128, 127) if dtype == "int16" else st.integers(int(limits.min), int(limits.max)))
    return draw(st.floats(2.0**-15, 2.0**-8, width=32) if dtype == "int16" else SCALES), zero


@st.composite
def requantise(draw: Draw) -> bytes:
    """QUANTIZE from one integer type to another; a large int32 keeps its range."""
    source, target = draw(st.sampled_from(_REQUANTISED))
    shape = _shape(draw)
    g = GraphBuilder()
    x = g.input(shape, source, *_quantisation(draw, source))
    y = g.tensor(shape, target, *_quantisation(draw, target))
    g.op("QUANTIZE", [x], [y])
    return g.build([y])


@st.composite
def borders(draw: Draw, *types: str) -> bytes:
    """QUANTIZE and DEQUANTIZE, float to float through an integer."""
    shape, dtype = _shape(draw), draw(st.sampled_from(types))
    g = GraphBuilder()
    x, y = g.input(shape, "float32"), g.tensor(shape, "float32")
    q = g.tensor(shape, dtype, *_quantisation(draw, dtype))
    g.op("QUANTIZE", [x], [q])
    g.op("DEQUANTIZE", [q], [y])
    return g.build([y])


@st.composite
def widened(draw: Draw, dtype: str) -> bytes:
    """DEQUANTIZE of any integer."""
    shape = _shape(draw)
    g = GraphBuilder()
    x, y = g.input(shape, dtype, *_quantisation(draw, dtype)), g.tensor(shape, "float32")
    g.op("DEQUANTIZE", [x], [y])
    return g.build([y])


CASES = {
    "relu_s8": quantised("RELU", "RELU6", "LEAKY_RELU"),
    "relu_f32": floating("RELU", "RELU6", "LEAKY_RELU"),
    "hard_swish_s8": quantised("HARD_SWISH"),
    "hard_swish_f32": floating("HARD_SWISH"),
    "sigmoid_s8": quantised("LOGISTIC", "TANH"),
    "abs_s8": quantised("ABS"),
    "rsqrt_s8": quantised("RSQRT"),
    "exact_f32": floating("ABS", "NEG", "SQUARE"),
    "root_f32": positive("SQRT", "RSQRT"),
    "requantise": requantise(),
    "borders_integer": borders("int8", "int16"),
    "dequantize_s8": widened("int8"),
    "dequantize_s16": widened("int16"),
}
LITERT = {
    "real_s8": quantised("EXP", "LOG", "SQRT", "GELU"),
    "clamp_s8": quantised("RELU_N1_TO_1", "RELU_0_TO_1"),
    "clamp_f32": floating("RELU_N1_TO_1", "RELU_0_TO_1"),
    "borders_u8": borders("uint8"),
    "dequantize_u8": widened("uint8"),
}
"""Forms that TFLite Micro does not have; LiteRT's reference kernels are the oracle."""

CLOSE = {"exp_f32": floating("EXP", "LOGISTIC", "TANH"), "log_f32": positive("LOG")}
"""Cases whose floats are only close to TFLite Micro's, because their functions are our own."""
