"""RESHAPE, SQUEEZE and EXPAND_DIMS: other names for the same bytes (a copy where the source is a constant)."""

from __future__ import annotations

from toolchain.operators.base import Kernel, Lowering
from toolchain.operators.strided import move


def lower(low: Lowering) -> Kernel:
    """Lower to a view: no code, no copy."""
    x, out = low.tensor(0), low.output
    if x.elements != out.elements or x.dtype is not out.dtype:
        raise low.unsupported(f"{x.shape} {x.dtype.value} to {out.shape} {out.dtype.value}")
    return move(low, 0, lambda values: (values[0].reshape(out.shape),))
