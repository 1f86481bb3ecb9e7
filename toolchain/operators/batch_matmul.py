"""BATCH_MATMUL on int8 and float32: either side transposed, batch dimensions broadcast, either side constant.

int8 follows TFLite Micro: input scales are multiplied in float32 (as for a FULLY_CONNECTED with one scale), zero points
on both sides are taken off, one requantisation at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.graph import DType
from toolchain.operators.base import Array, Constant, Kernel, Lowering, clamp
from toolchain.operators.strided import MAX_RANK, Walk, dense_strides
from toolchain.requant import INT8_MAX, INT8_MIN, Scaler


@dataclass(frozen=True)
class Product:
    """[..., rows, depth] times [..., depth, columns], with the strides of both sides in elements."""

    batches: tuple[int, ...]
    rows: int
    depth: int
    columns: int
    left: tuple[int, int]
    right: tuple[int, int]
    left_batches: tuple[int, ...]
    right_batches: tuple[int, ...]

    @classmethod
    def of(cls, low: Lowering) -> Product:
        """The product of one BATCH_MATMUL.

        Raises:
            ModelError: the shapes do not fit.
        """
        a, b, out = low.tensor(0), low.tensor(1), low.output
        if min(len(a.shape), len(b.shape)) < 2:  # noqa: PLR2004  # a matrix has two dimensions
            raise low.unsupported(f"{a.shape} times {b.shape}")
        (rows, depth), left = _matrix(a.shape, turned=bool(low.op.options["adj_x"]))
        (inner, columns), right = _matrix(b.shape, turned=bool(low.op.options["adj_y"]))
        try:
            batches = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        except ValueError:
            batches = (-1,)
        if depth != inner or out.shape[-2:] != (rows, columns) or math.prod(out.shape[:-2]) != math.prod(batches):
            raise low.unsupported(f"{a.shape} times {b.shape} to {out.shape}")
        if len(batches) > MAX_RANK:
            raise low.unsupported(f"{len(batches)} batch dimensions")
        sides = [_batch_strides(shape, len(batches)) for shape in (a.shape, b.shape)]
        return cls(batches, rows, depth, columns, left, right, sides[0], sides[1])

    def args(self) -> dict[str, Constant]:
        """Fields of both kernels."""
        fields: dict[str, Constant] = {
            "batches": math.prod(self.batches),
            "rows": self.rows,
            "depth": self.depth,
            "columns": self.columns,
        }
        for side, (first, second) in {"left": self.left, "right": self.right}.items():
            outer, inner = ("row", "depth") if side == "left" else ("depth", "column")
            fields |= {f"{side}_{outer}": first, f"{side}_{inner}": second}
        walk = Walk(self.batches, self.left_batches).args()
        fields |= {"rank": walk["rank"], "dims": walk["dims"], "left_strides": walk["strides"]}
        fields["right_strides"] = Walk(self.batches, self.right_batches).args()["strides"]
        return fields

    def macs(self) -> int:
        """Multiply-accumulate operations."""
        return math.prod(self.batches) * self.rows * self.depth * self.columns


def lower(low: Lowering) -> Kernel:
    """Lower one BATCH_MATMUL."""
    types = low.types(0, 1)
    if types == (DType.INT8, DType.INT8, DType.INT8):
        return _int8(low)
    if types == (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32):
        return _float32(low)
    raise low.unsupported(f"element types {[t.value for t in types]}")


def _matrix(shape: tuple[int, ...], *, turned: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """Size and strides of the last two dimensions."""
    rows, columns = shape[-2:]
    return ((columns, rows), (1, columns)) if turned else ((rows, columns), (columns, 1))


def _batch_strides(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    own = [s if n > 1 else 0 for n, s in zip(shape[:-2], dense_strides(shape)[:-2], strict=True)]
    return (0,) * (rank - len(own)) + tuple(own)


def _turned(values: Array, turn: Any) -> Array:
    return values.swapaxes(-1, -2) if turn else values


def _int8(low: Lowering) -> Kernel:
    a, b, out = low.tensor(0), low.tensor(1), low.output
    product, options = Product.of(low), low.op.options
    (a_scale, a_zero), (b_scale, b_zero), (out_scale, out_zero) = a.scale_zero, b.scale_zero, out.scale_zero
    scaler = Scaler.of(np.array([float(a_scale) * float(b_scale) / float(out_scale)]))

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left = _turned(values[0], options["adj_x"]).astype(np.int64) - a_zero
        right = _turned(values[1], options["adj_y"]).astype(np.int64) - b_zero
        scaled = scaler.apply(left @ right, low.rounding) + out_zero
        return (clamp(scaled, INT8_MIN, INT8_MAX, np.int8).reshape(out.shape),)

    args = product.args() | {"left_zero": a_zero, "right_zero": b_zero, "out_zero": out_zero}
    args |= {"multiplier": int(scaler.q[0]), "shift": int(scaler.e[0])}
    operands = (a.index, b.index, out.index)
    return Kernel(low.op.index, "batch_matmul_s8", operands, (out.index,), run, args, product.macs())


def _float32(low: Lowering) -> Kernel:
    a, b, out = low.tensor(0), low.tensor(1), low.output
    product, options = Product.of(low), low.op.options

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        left, right = _turned(values[0], options["adj_x"]), _turned(values[1], options["adj_y"])
        total = np.zeros((*product.batches, product.rows, product.columns), np.float32)
        for k in range(product.depth):  # the order of the C kernel
            total += left[..., :, k : k + 1] * right[..., k : k + 1, :]
        return (total.reshape(out.shape),)

    operands = (a.index, b.index, out.index)
    return Kernel(low.op.index, "batch_matmul_f32", operands, (out.index,), run, product.args(), product.macs())
