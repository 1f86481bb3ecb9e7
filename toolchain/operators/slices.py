"""SLICE and STRIDED_SLICE with constant bounds, any element type.

Both are NumPy's basic indexing. STRIDED_SLICE knows begin, end, ellipsis, new-axis and shrink masks and negative
strides; TFLite Micro knows neither ellipsis nor new axes.
"""

from __future__ import annotations

from typing import Any

from toolchain.operators.base import Kernel, Lowering
from toolchain.operators.strided import move


def lower_slice(low: Lowering) -> Kernel:
    """`begin`, then `size`, where -1 means all that is left."""
    shape = low.tensor(0).shape
    begin, size = (low.constant(i).reshape(-1).tolist() for i in (1, 2))
    ends = [n if length == -1 else b + length for b, length, n in zip(begin, size, shape, strict=True)]
    if any(not 0 <= b <= e <= n for b, e, n in zip(begin, ends, shape, strict=True)):
        raise low.unsupported(f"a slice from {begin} of size {size} out of {shape}")
    index = tuple(slice(b, e) for b, e in zip(begin, ends, strict=True))
    return move(low, 0, lambda values: (values[0][index],))


def lower_strided(low: Lowering) -> Kernel:
    """`begin:end:stride` for each entry of the specification."""
    index = strided_index(low)
    return move(low, 0, lambda values: (values[0][index],))


def strided_index(low: Lowering) -> tuple[Any, ...]:
    """NumPy's index for a STRIDED_SLICE.

    Raises:
        ModelError: a stride of zero, more entries than dimensions, or a shrunk dimension out of range.
    """
    options = low.op.options
    begin, end, stride = (low.constant(i).reshape(-1).tolist() for i in (1, 2, 3))
    if not len(begin) == len(end) == len(stride) or 0 in stride:
        raise low.unsupported(f"begin {begin}, end {end}, strides {stride}")
    if options["offset"]:
        end = [b + e for b, e in zip(begin, end, strict=True)]
    index: list[Any] = []
    for place, (first, last, step) in enumerate(zip(begin, end, stride, strict=True)):
        bit = 1 << place
        if options["ellipsis_mask"] & bit:
            index.append(Ellipsis)
        elif options["new_axis_mask"] & bit:
            index.append(None)
        elif options["shrink_axis_mask"] & bit:
            index.append(0 if options["begin_mask"] & bit else first)
        else:
            index.append(
                slice(None if options["begin_mask"] & bit else first, None if options["end_mask"] & bit else last, step)
            )
    if not options["ellipsis_mask"]:
        index.append(Ellipsis)  # keeps NumPy from returning a scalar that is no view
    return _checked(low, tuple(index))


def _checked(low: Lowering, index: tuple[Any, ...]) -> tuple[Any, ...]:
    shape = low.tensor(0).shape
    used = sum(1 for part in index if part is not None and part is not Ellipsis)
    if used > len(shape):
        raise low.unsupported(f"{used} indices for {len(shape)} dimensions")
    axis = 0
    for part in index:
        if part is Ellipsis:
            axis += len(shape) - used
        elif part is not None:
            if isinstance(part, int) and not -shape[axis] <= part < shape[axis]:
                raise low.unsupported(f"index {part} of a dimension of {shape[axis]}")
            axis += 1
    return index
