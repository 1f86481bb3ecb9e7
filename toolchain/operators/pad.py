"""PAD and PADV2 with constant margins, any element type; MIRROR_PAD has its own module.

PAD fills with the zero of the type: 0, or the output's zero point. PADV2 names the value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from toolchain.operators.base import Array, Constant, Kernel, Lowering
from toolchain.operators.strided import MAX_RANK, Walk, dense_strides, runs_of


def lower(low: Lowering) -> Kernel:
    """Lower one PAD or PADV2."""
    x, out = low.tensor(0), low.output
    widths = [(int(before), int(after)) for before, after in low.constant(1).reshape(-1, 2)]
    if x.dtype is not out.dtype or len(widths) != len(x.shape) or any(min(w) < 0 for w in widths):
        raise low.unsupported(f"margins {widths} around {x.shape} {x.dtype.value} to {out.dtype.value}")
    low.expect_output(tuple(n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)))
    fill = _fill(low)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.pad(values[0], widths, constant_values=fill[0]),)

    strides = dense_strides(out.shape)
    offset = sum(before * stride for (before, _), stride in zip(widths, strides, strict=True))
    places, length = runs_of(Walk(x.shape, strides, offset), x.dtype.itemsize)
    if len(places.dims) > MAX_RANK:
        raise low.unsupported(f"{len(places.dims)} dimensions")
    args: dict[str, Constant] = {
        "elements": out.elements,
        "element_bytes": x.dtype.itemsize,
        "fill": np.frombuffer(fill.tobytes(), np.uint8),
        "offset": places.offset,
        "bytes": length,
        "runs": math.prod(places.dims),
        **places.args(),
    }
    return Kernel(low.op.index, "pad", (x.index, out.index), (out.index,), run, args)


def _fill(low: Lowering) -> Array:
    """The value outside, one element of the output's type."""
    out = low.output
    if low.op.kind == "PADV2":
        value = low.tensor(2)
        if value.dtype is not out.dtype:
            raise low.unsupported(f"a fill of type {value.dtype.value} in {out.dtype.value}")
        if out.quantisation is not None and value.quantisation is not None and value.scale_zero != out.scale_zero:
            raise low.unsupported("a fill with another scale or zero point than the output")
        return low.constant(2).reshape(-1)[:1]
    zero = out.scale_zero[1] if out.quantisation is not None else 0
    return np.array([zero], out.dtype.numpy)
