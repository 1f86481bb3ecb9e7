"""CAST between float32, int8, int16, int32, int64, uint8 and bool.

Integers wrap, as C does; bool is 0 or 1. A float beyond the target's range has no defined cast in C: here it saturates,
and NaN becomes 0. TFLite Micro's result for those is whatever its machine does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators import reshape
from toolchain.operators.base import Array, Kernel, Lowering

_CODES: Final = {
    DType.INT8: 0,
    DType.UINT8: 1,
    DType.INT16: 2,
    DType.INT32: 3,
    DType.INT64: 4,
    DType.BOOL: 5,
    DType.FLOAT32: 6,
}
_BELOW_2_63: Final = np.float32(9223371487098961920.0)


def lower(low: Lowering) -> Kernel:
    """Lower one CAST; the same type on both sides is a view."""
    x, out = low.tensor(0), low.output
    if x.dtype not in _CODES or out.dtype not in _CODES:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")

    low.expect_elements(x.elements)
    if x.dtype is out.dtype:
        return reshape.lower(low)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (cast(values[0], out.dtype).reshape(out.shape),)

    args = {"elements": out.elements, "from": _CODES[x.dtype], "to": _CODES[out.dtype]}
    return Kernel(low.op.index, "cast", (x.index, out.index), (out.index,), run, args)


def cast(values: Array, dtype: DType) -> Array:
    """Elements of another type, by the rules of this module."""
    if dtype is DType.BOOL:
        return np.asarray(values != 0)
    if values.dtype != np.float32 or dtype is DType.FLOAT32:
        return np.asarray(values.astype(dtype.numpy))
    limits = np.iinfo(dtype.numpy)
    whole = np.trunc(np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=-np.inf))
    wide = np.clip(whole, np.float32(limits.min), _BELOW_2_63).astype(np.int64)
    cut: Array = np.where(whole > _BELOW_2_63, limits.max, np.clip(wide, limits.min, limits.max)).astype(dtype.numpy)
    return cut
