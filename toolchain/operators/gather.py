"""GATHER and EMBEDDING_LOOKUP: rows of a table by int32 indices that are known at run time only.

An index out of range is no reason to stop a device: it is clamped to the first or last row, here and in the C kernels.
(TFLite Micro fails the inference.) EMBEDDING_LOOKUP also takes int8 tables for float outputs, one scale for the table
or one for each row, zero point 0. TFLite Micro knows GATHER of int8 and float32, and one scale for a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering


def lower(low: Lowering) -> Kernel:
    """Lower one GATHER along any axis, with leading batch dimensions."""
    x, indices = low.tensor(0), low.tensor(1)
    rank = len(x.shape)
    batch = int(low.op.options["batch_dims"])
    batch += len(indices.shape) if batch < 0 else 0
    axis = int(low.op.options["axis"])
    axis += rank if axis < 0 else 0
    if not 0 <= batch <= axis < rank or x.shape[:batch] != indices.shape[:batch]:
        raise low.unsupported(f"axis {axis} and {batch} batch dimensions of {x.shape} with indices {indices.shape}")
    return _gather(low, axis, batch)


def _gather(low: Lowering, axis: int, batch: int) -> Kernel:
    x, indices, out = low.tensor(0), low.tensor(1), low.output
    _check(low)
    if x.dtype is not out.dtype:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    batches, outer = math.prod(x.shape[:batch]), math.prod(x.shape[batch:axis])
    rows, inner, count = x.shape[axis], math.prod(x.shape[axis + 1 :]), math.prod(indices.shape[batch:])

    low.expect_elements(batches * outer * count * inner)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        table, wanted = values[0].reshape(batches, outer, rows, inner), values[1].reshape(batches, count)
        picked = [t.take(np.clip(w, 0, rows - 1), axis=1) for t, w in zip(table, wanted, strict=True)]
        return (np.stack(picked).reshape(out.shape),)

    args = {"batches": batches, "outer": outer, "rows": rows, "count": count, "bytes": inner * x.dtype.itemsize}
    operands = (x.index, indices.index, out.index)
    return Kernel(low.op.index, "gather", operands, (out.index,), run, args)


def lower_embedding(low: Lowering) -> Kernel:
    """Lower one EMBEDDING_LOOKUP: indices, then the table."""
    indices, table, out = low.tensor(0), low.tensor(1), low.output
    swapped = Lowering(replace(low.op, inputs=(table.index, indices.index)), low.graph, low.rounding)
    if table.dtype is out.dtype:
        return _gather(swapped, 0, 0)
    if (table.dtype, out.dtype) != (DType.INT8, DType.FLOAT32):
        raise low.unsupported(f"{table.dtype.value} to {out.dtype.value}")
    return _dequantised(swapped)


def _dequantised(low: Lowering) -> Kernel:
    table, indices, out = low.tensor(0), low.tensor(1), low.output
    _check(low)
    quantisation, rows = table.quantisation, table.shape[0]
    if quantisation is None or np.any(quantisation.zero_point) or quantisation.scale.size not in {1, rows}:
        raise low.unsupported("an int8 table without symmetric scales, one in all or one for each row")
    scales, depth = np.broadcast_to(quantisation.scale, (rows,)), table.elements // rows
    low.expect_elements(indices.elements * depth)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        wanted = np.clip(values[1].reshape(-1), 0, rows - 1)
        picked = values[0].reshape(rows, depth)[wanted].astype(np.float32)
        return ((picked * scales[wanted, None]).reshape(out.shape),)

    args: dict[str, Constant] = {"rows": rows, "count": indices.elements, "depth": depth}
    args |= {"scale_step": int(quantisation.scale.size > 1), "scales": quantisation.scale}
    operands = (table.index, indices.index, out.index)
    return Kernel(low.op.index, "embedding_s8_f32", operands, (out.index,), run, args)


def _check(low: Lowering) -> None:
    if low.tensor(1).dtype is not DType.INT32:
        raise low.unsupported(f"indices of type {low.tensor(1).dtype.value}")
    if not low.tensor(0).elements:
        raise low.unsupported("an empty table")
