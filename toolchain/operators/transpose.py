"""TRANSPOSE of any element type; a view where only dimensions of one element change places."""

from __future__ import annotations

from toolchain.operators.base import Kernel, Lowering
from toolchain.operators.strided import move


def lower(low: Lowering) -> Kernel:
    """Lower one TRANSPOSE; the permutation is a constant."""
    rank = len(low.tensor(0).shape)
    order = [int(a) % rank for a in low.constant(1).reshape(-1)] if rank else []
    if sorted(order) != list(range(rank)):
        raise low.unsupported(f"permutation {order} of {rank} dimensions")
    return move(low, 0, lambda values: (values[0].transpose(order),))
