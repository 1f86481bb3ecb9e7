"""Functions of one float32 tensor: EXP, LOG, SQRT, RSQRT, SQUARE, NEG, ABS, LOGISTIC, TANH."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from toolchain.operators import float_math
from toolchain.operators.base import Array, Kernel, Lowering

FUNCTIONS: Final[Mapping[str, Callable[[Array], Array]]] = {
    "ABS": np.abs,
    "EXP": float_math.exp,
    "LOG": float_math.log,
    "LOGISTIC": float_math.logistic,
    "NEG": np.negative,
    "RSQRT": lambda x: np.float32(1) / np.sqrt(x),
    "SQRT": np.sqrt,
    "SQUARE": lambda x: x * x,
    "TANH": float_math.tanh,
}
"""The NumPy side of the kernels named after them."""


def float_kernel(low: Lowering) -> Kernel:
    """The kernel of an operator of `FUNCTIONS` on float32."""
    x, out = low.tensor(0), low.output
    low.expect_elements(x.elements)
    function = FUNCTIONS[low.op.kind]

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        with np.errstate(all="ignore"):
            return (function(values[0]),)

    name = f"{low.op.kind.lower()}_f32"
    args = {"elements": out.elements}
    return Kernel(low.op.index, name, (x.index, out.index), (out.index,), run, args, in_place=0)
