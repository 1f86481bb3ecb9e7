"""MINIMUM and MAXIMUM with broadcast: int8 (of one quantisation), int32 and float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering
from toolchain.operators.broadcast import binary_kernel

_SUFFIXES: Final = {DType.INT8: "s8", DType.INT32: "s32", DType.FLOAT32: "f32"}


def lower(low: Lowering) -> Kernel:
    """Lower one MINIMUM or MAXIMUM."""
    types = set(low.types(0, 1))
    dtype = low.output.dtype
    if types != {dtype} or dtype not in _SUFFIXES:
        raise low.unsupported(f"element types {[t.value for t in low.types(0, 1)]}")
    smaller = low.op.kind == "MINIMUM"

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = values
        return (np.where(left < right if smaller else left > right, left, right),)

    return binary_kernel(low, f"{low.op.kind.lower()}_{_SUFFIXES[dtype]}", run, {})
