"""READ_VARIABLE and ASSIGN_VARIABLE, after the pass `variables` has put the variable in the handle's place."""

from __future__ import annotations

from collections.abc import Sequence

from toolchain.operators.base import Array, Kernel, Lowering


def lower(low: Lowering) -> Kernel:
    """Lower to a copy from the variable, or into it.

    A read is a copy, because the variable may be assigned while its old values are still in use.
    """
    x, out = low.tensor(0), low.output
    if x.elements != out.elements or x.dtype is not out.dtype:
        raise low.unsupported(f"{x.shape} {x.dtype.value} to {out.shape} {out.dtype.value}")

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (values[0].reshape(out.shape).copy(),)

    return Kernel(low.op.index, "copy_bytes", (x.index, out.index), (out.index,), run, {"bytes": out.nbytes})
