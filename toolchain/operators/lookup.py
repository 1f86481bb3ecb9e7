"""Functions of one int8 tensor as tables: whatever the arithmetic, there are only 256 results.

The table is made here, with the arithmetic that the operator's contract asks for; the device looks results up. That is
exact by construction, and faster than computing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run, clamp
from toolchain.requant import INT8_MAX, INT8_MIN


def lookup_kernel(low: Lowering, function: Run) -> Kernel:
    """The kernel of an int8 operator with one input, computed by `function` elementwise."""
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)
    every = np.arange(INT8_MIN, INT8_MAX + 1).astype(np.int8)
    table = function([every])[0].astype(np.int8)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (table[values[0].astype(np.int64) - INT8_MIN],)

    args: dict[str, Constant] = {"elements": out.elements, "table": table}
    return Kernel(low.op.index, "lookup_s8", (x.index, out.index), (out.index,), run, args, in_place=0)


def real_lookup(low: Lowering, function: Callable[[Array], Array]) -> Kernel:
    """An int8 operator by its real function (float64 to float64): `round(f(x) / scale) + zero`, saturated.

    Where the function has no value, the answer is the smallest, as in LiteRT.
    """
    (in_scale, in_zero), (out_scale, out_zero) = low.tensor(0).scale_zero, low.output.scale_zero

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        real = function((values[0].astype(np.float64) - in_zero) * float(in_scale))
        steps = np.nan_to_num(real / float(out_scale), nan=-1e9, posinf=1e9, neginf=-1e9)
        rounded = np.trunc(steps + np.copysign(0.5, steps))
        return (clamp(rounded + out_zero, INT8_MIN, INT8_MAX, np.int8),)

    return lookup_kernel(low, run)
