"""Random models that keep state between inferences, drawn by Hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder

Draw = st.DrawFn
SCALES = st.floats(2.0**-10, 0.5, width=32)
ZEROS = st.integers(-128, 127)


def _handle(g: GraphBuilder, name: str) -> int:
    handle = g.tensor((), "resource")
    g.op("VAR_HANDLE", [], [handle], container="", sharedName=name)
    return handle


@st.composite
def resource_variables(draw: Draw, *, floating: bool = False) -> bytes:
    """A running sum in a variable: read, add the input, assign; set by CALL_ONCE, or left at its zero point."""
    shape = (1, draw(st.integers(1, 9)))
    kind = "float32" if floating else "int8"
    quantised = (None, 0) if floating else (draw(SCALES), draw(ZEROS))
    g = GraphBuilder()
    x = g.input(shape, kind, *quantised)
    if draw(st.booleans()):
        once = g.further()
        chance = np.random.default_rng(draw(st.integers(0, 99)))
        start = chance.integers(-100, 100, shape).astype(kind)
        once.op("ASSIGN_VARIABLE", [_handle(once, "sum"), once.constant(start, *quantised)], [])
        g.op("CALL_ONCE", [], [], initSubgraphIndex=1)
    handle = _handle(g, "sum")
    old, new, last = (g.tensor(shape, kind, *quantised) for _ in range(3))
    g.op("READ_VARIABLE", [handle], [old])
    g.op("ADD", [old, x], [new], fusedActivationFunction=0)
    g.op("ASSIGN_VARIABLE", [handle, new], [])
    other = _handle(g, "sum") if draw(st.booleans()) else handle
    g.op("READ_VARIABLE", [other], [last])
    return g.build([old, last] if draw(st.booleans()) else [last])


@st.composite
def svdf(draw: Draw, kind: str) -> bytes:
    """SVDF of any rank and memory, with state of `kind`; the bias' scale is that of the products in time."""
    batches, inputs, units = draw(st.integers(1, 2)), draw(st.integers(1, 12)), draw(st.integers(1, 4))
    rank, memory = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    filters, state_shape = units * rank, (batches, units * rank * memory)
    chance = np.random.default_rng(draw(st.integers(0, 999)))
    g = GraphBuilder()
    if kind == "float32":
        x = g.input((batches, inputs), kind)
        weights, in_time, bias = (
            g.constant(chance.normal(size=shape).astype(np.float32))
            for shape in ((filters, inputs), (filters, memory), (units,))
        )
        state = g.tensor(state_shape, kind, variable=True)
        y = g.tensor((batches, units), kind)
    else:
        scales = [np.float32(draw(st.floats(2.0**-9, 2.0**-4, width=32))) for _ in range(3)]
        time_scale = np.float32(draw(st.floats(2.0**-14, 2.0**-7, width=32)))
        x = g.input((batches, inputs), "int8", scales[0], draw(ZEROS))
        weights = g.constant(chance.integers(-127, 128, (filters, inputs)).astype(np.int8), scales[1])
        largest = 127 if kind == "int8" else 32767
        in_time = g.constant(chance.integers(-largest, largest + 1, (filters, memory)).astype(kind), time_scale)
        bias = g.constant(chance.integers(-9999, 9999, units).astype(np.int32), scales[2] * time_scale)
        zero = draw(ZEROS) if kind == "int8" else 0
        state = g.tensor(state_shape, kind, scales[2], zero, variable=True)
        y = g.tensor((batches, units), "int8", draw(SCALES), draw(ZEROS))
    activation = draw(st.sampled_from([0, 1]))
    g.op("SVDF", [x, weights, in_time, bias, state], [y], rank=rank, fusedActivationFunction=activation)
    return g.build([y])


@st.composite
def lstm(draw: Draw, *, floating: bool = False) -> bytes:
    """UNIDIRECTIONAL_SEQUENCE_LSTM as TFLM has it, batch- or time-major, with and without a clipped cell."""
    batches, steps, inputs, units = (draw(st.integers(1, n)) for n in (2, 4, 6, 5))
    time_major, clip = draw(st.booleans()), draw(st.sampled_from([0.0, 0.0, 0.75]))
    chance = np.random.default_rng(draw(st.integers(0, 999)))
    lead = (steps, batches) if time_major else (batches, steps)
    kind = "float32" if floating else "int8"
    g = GraphBuilder()

    def matrix(columns: int) -> int:
        if floating:
            return g.constant(chance.normal(scale=0.7, size=(units, columns)).astype(np.float32))
        scale = np.float32(draw(st.floats(2.0**-9, 2.0**-5, width=32)))
        return g.constant(chance.integers(-127, 128, (units, columns)).astype(np.int8), scale)

    def bias() -> int:
        if floating:
            return g.constant(chance.normal(size=units).astype(np.float32))
        return g.constant(chance.integers(-5000, 5000, units).astype(np.int32), 2.0**-14)

    outer = (None, 0) if floating else (draw(st.floats(2.0**-8, 2.0**-4, width=32)), draw(ZEROS))
    inner = (None, 0) if floating else (draw(st.floats(2.0**-9, 2.0**-6, width=32)), draw(ZEROS))
    x = g.input((*lead, inputs), kind, *outer)
    operands = [x, *(matrix(inputs) for _ in range(4)), *(matrix(units) for _ in range(4)), -1, -1, -1]
    operands += [*(bias() for _ in range(4)), -1, -1]
    operands.append(g.tensor((batches, units), kind, *inner, variable=True))
    cell = (None,) if floating else (2.0 ** draw(st.integers(-15, -9)),)
    operands += [g.tensor((batches, units), "float32" if floating else "int16", *cell, variable=True), *[-1] * 4]
    y = g.tensor((*lead, units), kind, *inner)
    g.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], fusedActivationFunction=4, timeMajor=time_major, cellClip=clip)
    return g.build([y])


CASES = {
    "lstm_s8": lstm(),
    "svdf_s8": svdf("int8"),
    "svdf_s16": svdf("int16"),
    "svdf_f32": svdf("float32"),
    "variables_s8": resource_variables(),
    "variables_f32": resource_variables(floating=True),
}

NEAR = {
    "lstm_f32": lstm(floating=True),
}
"""Float operators with functions of their own: C equals NumPy, and TFLite Micro is near."""
