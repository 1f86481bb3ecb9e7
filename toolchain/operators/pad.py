"""PAD with the zero of the type: 0.0, or the zero point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Kernel, Lowering

_RANK: Final = 4


def lower(low: Lowering) -> Kernel:
    """Lower one PAD of at most four dimensions; the margins are a constant."""
    x, out = low.tensor(0), low.output
    margins = low.constant(1).astype(int).reshape(-1, 2)
    if len(x.shape) > _RANK or x.dtype is not out.dtype or x.dtype not in {DType.INT8, DType.FLOAT32}:
        raise low.unsupported(f"{len(x.shape)} dimensions of {x.dtype.value} to {out.dtype.value}")
    fill = out.scale_zero[1] if x.dtype is DType.INT8 else 0
    widths = [(int(before), int(after)) for before, after in margins]

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.pad(values[0], widths, constant_values=fill),)

    lead = _RANK - len(x.shape)
    args: dict[str, Any] = {
        "in_dims": np.array([1] * lead + list(x.shape), np.int32),
        "out_dims": np.array([1] * lead + list(out.shape), np.int32),
        "before": np.array([0] * lead + [before for before, _ in widths], np.int32),
        "fill": fill,
    }
    function = "pad_s8" if x.dtype is DType.INT8 else "pad_f32"
    return Kernel(low.op.index, function, (x.index, out.index), (out.index,), run, args)
