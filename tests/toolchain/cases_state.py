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


CASES = {
    "variables_s8": resource_variables(),
    "variables_f32": resource_variables(floating=True),
}
