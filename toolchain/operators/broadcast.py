"""Two operands of broadcastable shapes, walked by one loop over runs of elements.

Neighbouring dimensions along which both operands go on (or both stand still) become one, so that equal shapes are a
single run, and a bias over channels two dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from toolchain.operators.base import Array, Constant, Kernel, Lowering, Run

_OUTER: Final = 5
"""PERSONA_BROADCAST_RANK of `broadcast.h`: dimensions outside of a run."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Broadcast:
    """How to walk: dimensions of the output, and strides of both operands in elements, outermost first."""

    dims: Shape
    a_strides: Shape
    b_strides: Shape

    @classmethod
    def of(cls, low: Lowering) -> Broadcast:
        """The walk over the operator's two inputs.

        Raises:
            ModelError: the shapes do not broadcast to the output, or make more than six dimensions.
        """
        shapes = low.tensor(0).shape, low.tensor(1).shape
        out, rank = low.output.shape, max(len(shape) for shape in shapes)
        a, b = ((1,) * (rank - len(shape)) + shape for shape in shapes)
        expected = tuple(m if n == 1 else n for n, m in zip(a, b, strict=True))
        if any(n not in {1, m} for shape in (a, b) for n, m in zip(shape, expected, strict=True)) or expected != out:
            raise low.unsupported(f"broadcast of {shapes[0]} and {shapes[1]} to {out}")
        merged = _merge(out, _strides(a), _strides(b))
        if len(merged.dims) > _OUTER + 1:
            raise low.unsupported(f"broadcast of {shapes[0]} and {shapes[1]}: more than {_OUTER + 1} dimensions")
        return merged

    def args(self) -> dict[str, Constant]:
        """Fields of `persona_broadcast`, which the argument struct holds as `walk`."""
        *outer, inner = range(len(self.dims))
        fields = {"rows": math.prod(self.dims[d] for d in outer), "inner": self.dims[inner]}
        fields |= {"a_step": self.a_strides[inner], "b_step": self.b_strides[inner]}
        for place in range(_OUTER):
            used = place < len(outer)
            d = outer[-1 - place] if used else 0
            fields[f"dims[{place}]"] = self.dims[d] if used else 1
            fields[f"a_strides[{place}]"] = self.a_strides[d] if used else 0
            fields[f"b_strides[{place}]"] = self.b_strides[d] if used else 0
        return {f"walk.{name}": value for name, value in fields.items()}


def _strides(shape: Shape) -> Shape:
    """Elements from one index to the next, 0 along dimensions of one element."""
    return tuple(0 if n == 1 else math.prod(shape[d + 1 :]) for d, n in enumerate(shape))


def _merge(dims: Shape, a_strides: Shape, b_strides: Shape) -> Broadcast:
    walk: list[list[int]] = []
    for n, a, b in zip(dims, a_strides, b_strides, strict=True):
        if n == 1:
            continue
        if walk and walk[-1][1:] == [a * n, b * n]:
            walk[-1] = [walk[-1][0] * n, a, b]
        else:
            walk.append([n, a, b])
    columns = zip(*(walk or [[1, 0, 0]]), strict=True)
    return Broadcast(*(tuple(column) for column in columns))


def binary_kernel(low: Lowering, function: str, run: Run, fields: dict[str, Constant]) -> Kernel:
    """The kernel of an element-wise operator of two inputs; the output may take over an input of its size."""
    a, b, out = low.tensor(0), low.tensor(1), low.output
    in_place = next((place for place, t in enumerate((a, b)) if t.shape == out.shape and t.data is None), None)
    args = Broadcast.of(low).args() | fields
    return Kernel(low.op.index, function, (a.index, b.index, out.index), (out.index,), run, args, in_place=in_place)


def clamp_float(values: Array, low: float, high: float) -> Array:
    """The comparisons of `persona_float_clamp`: -0.0 and NaN go through."""
    least, most = np.float32(low), np.float32(high)
    clamped = np.where(values < least, least, np.where(values > most, most, values))
    return np.asarray(clamped, np.float32)
