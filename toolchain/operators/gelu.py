"""GELU; float32 in `gelu_float`.

int8: its real function, rounded once, in a table. TFLite Micro does not have it; LiteRT's is within 1.
"""

from __future__ import annotations

import math

import numpy as np

from toolchain.graph import DType
from toolchain.operators import gelu_float
from toolchain.operators.base import Array, Kernel, Lowering
from toolchain.operators.lookup import real_lookup


def lower(low: Lowering) -> Kernel:
    """Lower one GELU."""
    types = low.types(0)
    if types == (DType.FLOAT32, DType.FLOAT32):
        return gelu_float.lower(low)
    if types != (DType.INT8, DType.INT8):
        raise low.unsupported(f"element types {[t.value for t in types]}")
    return real_lookup(low, _approximate if low.op.options["approximate"] else _exact)


def _exact(x: Array) -> Array:
    return np.array([0.5 * v * (1.0 + math.erf(v / math.sqrt(2.0))) for v in x.tolist()])


def _approximate(x: Array) -> Array:
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
