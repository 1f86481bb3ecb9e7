"""Random models of element-wise operators with two inputs, and of SOFTMAX."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder

Draw = st.DrawFn
ACTIVATIONS: Final = st.sampled_from([0, 1, 3])
SCALES: Final = st.floats(2.0**-10, 0.5, width=32)
ALIKE: Final = st.floats(2.0**-5, 0.5, width=32)
"""Scales that do not differ by more than 2**4: LiteRT's default ADD and SUB overflow where they do by 2**8."""

ZEROS: Final = st.integers(-128, 127)
_FUSED: Final = ("ADD", "SUB", "MUL", "DIV")
_LIMITS: Final = {"int8": (-128, 127), "int32": (-(1 << 31), (1 << 31) - 1)}


Scales = st.SearchStrategy[float]


def quantised(draw: Draw, dtype: str, scales: Scales = SCALES) -> tuple[Any, int]:
    """Scale and zero point where the type has them."""
    return (draw(scales), draw(ZEROS)) if dtype == "int8" else (None, 0)


@st.composite
def shapes(draw: Draw, most: int = 4) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast, and what they broadcast to."""
    out = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, most))))
    kind = draw(st.sampled_from(["equal", "channels", "scalar", "any"]))
    if kind == "equal":
        return out, out, out
    if kind == "channels":
        pair = (out, out[-1:])
    elif kind == "scalar":
        pair = (out, (1,))
    else:
        pair = tuple(tuple(n if draw(st.booleans()) else 1 for n in out) for _ in range(2))
    if draw(st.booleans()):
        pair = (pair[1], pair[0])
    return pair[0], pair[1], tuple(int(n) for n in np.broadcast_shapes(*pair))


def second(draw: Draw, g: GraphBuilder, shape: tuple[int, ...], dtype: str, quant: tuple[Any, int]) -> int:
    """The second operand: an input, or a constant."""
    if draw(st.booleans()):
        return g.input(shape, dtype, *quant)
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    if dtype == "float32":
        return g.constant(chance.normal(size=shape).astype(np.float32))
    return g.constant(chance.integers(*_LIMITS[dtype], shape, dtype, endpoint=True), *quant)


@st.composite
def binary(draw: Draw, kind: str, dtype: str, *, most: int = 4, scales: Scales = SCALES) -> bytes:
    """An operator of two inputs with broadcast."""
    a_shape, b_shape, out = draw(shapes(most))
    g = GraphBuilder()
    a = g.input(a_shape, dtype, *quantised(draw, dtype, scales))
    b = second(draw, g, b_shape, dtype, quantised(draw, dtype, scales))
    y = g.tensor(out, dtype, *quantised(draw, dtype, scales))
    options = {"fusedActivationFunction": draw(ACTIVATIONS)} if kind in _FUSED else {}
    g.op(kind, [a, b] if kind == "PRELU" or draw(st.booleans()) else [b, a], [y], **options)
    return g.build([y])


@st.composite
def squared(draw: Draw, dtype: str) -> bytes:
    """One tensor against itself: both operands are the same memory."""
    shape = tuple(draw(st.integers(1, 4)) for _ in range(3))
    g = GraphBuilder()
    x = g.input(shape, dtype, *quantised(draw, dtype))
    y = g.tensor(shape, dtype, *quantised(draw, dtype))
    g.op(draw(st.sampled_from(["ADD", "SUB", "MUL"])), [x, x], [y])
    return g.build([y])


@st.composite
def extremum(draw: Draw, dtype: str) -> bytes:
    """MINIMUM or MAXIMUM; all tensors share their quantisation."""
    a_shape, b_shape, out = draw(shapes())
    quant = quantised(draw, dtype)
    g = GraphBuilder()
    operands = [g.input(a_shape, dtype, *quant), second(draw, g, b_shape, dtype, quant)]
    y = g.tensor(out, dtype, *quant)
    g.op(draw(st.sampled_from(["MINIMUM", "MAXIMUM"])), operands, [y])
    return g.build([y])


@st.composite
def division(draw: Draw) -> bytes:
    """DIV on int8 by constants that are not zero, within the shifts that TFLite Micro defines."""
    a_shape, b_shape, out = draw(shapes())
    a_scale, a_zero = draw(st.floats(2.0**-4, 0.5, width=32)), draw(ZEROS)
    b_scale, b_zero = draw(st.floats(2.0**-10, 2.0**-6, width=32)), draw(ZEROS)
    out_scale = draw(st.floats(2.0**-10, 2.0**-5, width=32))
    values = np.random.default_rng(draw(st.integers(0, 99))).integers(-128, 128, b_shape).astype(np.int8)
    values[values == b_zero] = np.int8(b_zero - 1 if b_zero > 0 else b_zero + 1)
    g = GraphBuilder()
    a, b = g.input(a_shape, "int8", a_scale, a_zero), g.constant(values, b_scale, b_zero)
    y = g.tensor(out, "int8", out_scale, draw(ZEROS))
    g.op("DIV", [a, b], [y], fusedActivationFunction=draw(ACTIVATIONS))
    return g.build([y])


@st.composite
def softmax(draw: Draw, *, floating: bool = False) -> bytes:
    """SOFTMAX over the last of one to four dimensions."""
    shape = (*(draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 3)))), draw(st.integers(1, 40)))
    g = GraphBuilder()
    x = g.input(shape, "float32") if floating else g.input(shape, "int8", draw(SCALES), draw(ZEROS))
    y = g.tensor(shape, "float32") if floating else g.tensor(shape, "int8", 1 / 256, -128)
    g.op("SOFTMAX", [x], [y], beta=draw(st.sampled_from([1.0, 0.5, 2.25])))
    return g.build([y])


@st.composite
def long_softmax(draw: Draw) -> bytes:
    """SOFTMAX whose exponentials add up to more than 512, where TFLite Micro and LiteRT abort."""
    shape, scale = (1, draw(st.integers(800, 1200))), draw(st.floats(2.0**-13, 2.0**-10, width=32))
    g = GraphBuilder()
    x, y = g.input(shape, "int8", scale, draw(ZEROS)), g.tensor(shape, "int8", 1 / 256, -128)
    g.op("SOFTMAX", [x], [y], beta=1.0)
    return g.build([y])


CASES = {
    "softmax_s8": softmax(),
    "add_broadcast_s8": binary("ADD", "int8", most=5),
    "add_broadcast_f32": binary("ADD", "float32", most=5),
    "sub_s8": binary("SUB", "int8"),
    "sub_f32": binary("SUB", "float32"),
    "mul_s8": binary("MUL", "int8"),
    "mul_f32": binary("MUL", "float32"),
    "div_s8": division(),
    "div_f32": binary("DIV", "float32"),
    "with_itself_s8": squared("int8"),
    "with_itself_f32": squared("float32"),
    "extremum_s8": extremum("int8"),
    "extremum_s32": extremum("int32"),
    "extremum_f32": extremum("float32"),
    "squared_difference_s8": binary("SQUARED_DIFFERENCE", "int8"),
    "squared_difference_f32": binary("SQUARED_DIFFERENCE", "float32"),
    "prelu_s8": binary("PRELU", "int8"),
    "prelu_f32": binary("PRELU", "float32"),
}
CLOSE = {"softmax_f32": softmax(floating=True)}
"""Cases whose floats are only close to TFLite Micro's, because their functions are our own."""

ALONE = {"long_softmax_s8": long_softmax()}
"""Forms that every other runtime refuses."""

SINGLE = {f"{kind.lower()}_s8": binary(kind, "int8", scales=ALIKE) for kind in ("ADD", "SUB", "MUL")}
"""Cases for the contract of one rounding."""
