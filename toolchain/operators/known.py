"""SHAPE, RANK, ZEROS_LIKE and RANGE: what they yield is known when the model is compiled.

The pass `constants` folds them away; where one writes an output of the graph, its values become a table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.operators.base import Array, Constant, Kernel, Lowering


def lower_shape(low: Lowering) -> Kernel:
    """The input's shape."""
    return _known(low, np.array(low.tensor(0).shape))


def lower_rank(low: Lowering) -> Kernel:
    """The input's number of dimensions."""
    return _known(low, np.array(len(low.tensor(0).shape)))


def lower_zeros_like(low: Lowering) -> Kernel:
    """Zeros (bytes of zero, as in TFLite Micro, whatever the zero point)."""
    return _known(low, np.zeros(low.output.shape))


def lower_range(low: Lowering) -> Kernel:
    """`start`, `limit`, `delta`, all constant."""
    start, limit, delta = (low.constant(i).reshape(-1)[0] for i in range(3))
    if delta == 0:
        raise low.unsupported("a step of 0")
    count = max(0, int(np.ceil((limit - start) / delta)))
    return _known(low, start + np.arange(count).astype(start.dtype) * delta)


def _known(low: Lowering, values: Array) -> Kernel:
    out = low.output
    if values.size != out.elements or not values.size:
        raise low.unsupported(f"{values.size} values for an output of shape {out.shape}")
    table = values.astype(out.dtype.numpy).reshape(out.shape)

    def run(_: Sequence[Array]) -> tuple[Array, ...]:
        return (table,)

    raw = np.frombuffer(table.astype(out.dtype.numpy.newbyteorder("<")).tobytes(), np.uint8)
    args: dict[str, Constant] = {"bytes": out.nbytes, "values": raw}
    return Kernel(low.op.index, "constant", (out.index,), (out.index,), run, args)
