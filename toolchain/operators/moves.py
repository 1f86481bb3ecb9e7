"""Further operators that only move elements: BROADCAST_TO, TILE, FILL, REVERSE_V2, DEPTH_TO_SPACE, SPACE_TO_DEPTH.

Their shape arguments are constants. All share one C kernel (toolchain/operators/strided.py).
"""

from __future__ import annotations

import numpy as np

from toolchain.operators.base import Array, Kernel, Lowering
from toolchain.operators.strided import move


def lower_broadcast_to(low: Lowering) -> Kernel:
    """Repeat dimensions of one element, and new ones in front."""
    shape = low.output.shape
    _check_broadcast(low, shape)
    return move(low, 0, lambda values: (np.broadcast_to(values[0], shape),))


def lower_fill(low: Lowering) -> Kernel:
    """One value (input 1) everywhere."""
    shape = low.output.shape
    if low.tensor(1).elements != 1:
        raise low.unsupported(f"a value of shape {low.tensor(1).shape}")
    return move(low, 1, lambda values: (np.broadcast_to(values[0].reshape(()), shape),))


def lower_tile(low: Lowering) -> Kernel:
    """Repeat the whole along each dimension."""
    shape = low.tensor(0).shape
    times = [int(n) for n in low.constant(1).reshape(-1)]
    if len(times) != len(shape):
        raise low.unsupported(f"{len(times)} repetitions of {len(shape)} dimensions")
    between = [n for pair in zip([1] * len(shape), shape, strict=True) for n in pair]
    wide = [n for pair in zip(times, shape, strict=True) for n in pair]
    return move(low, 0, lambda values: (np.broadcast_to(values[0].reshape(between), wide),))


def lower_reverse(low: Lowering) -> Kernel:
    """Turn the order along some dimensions."""
    rank = len(low.tensor(0).shape)
    axes = {int(a) % rank for a in low.constant(1).reshape(-1)}
    index = tuple(slice(None, None, -1) if axis in axes else slice(None) for axis in range(rank))
    return move(low, 0, lambda values: (values[0][index],))


def lower_depth_to_space(low: Lowering) -> Kernel:
    """Blocks of channels become blocks of pixels, NHWC."""
    size, shape = int(low.op.options["block_size"]), low.tensor(0).shape
    batches, height, width, depth = shape
    if size < 1 or depth % (size * size):
        raise low.unsupported(f"blocks of {size} in {shape}")

    def pick(image: Array) -> Array:
        return image.reshape(batches, height, width, size, size, -1).transpose(0, 1, 3, 2, 4, 5)

    return move(low, 0, lambda values: (pick(values[0]),))


def lower_space_to_depth(low: Lowering) -> Kernel:
    """Blocks of pixels become blocks of channels, NHWC."""
    size, shape = int(low.op.options["block_size"]), low.tensor(0).shape
    batches, height, width, depth = shape
    if size < 1 or height % size or width % size:
        raise low.unsupported(f"blocks of {size} in {shape}")

    def pick(image: Array) -> Array:
        blocks = image.reshape(batches, height // size, size, width // size, size, depth)
        return blocks.transpose(0, 1, 3, 2, 4, 5)

    return move(low, 0, lambda values: (pick(values[0]),))


def _check_broadcast(low: Lowering, shape: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(low.tensor(0).shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise low.unsupported(f"{low.tensor(0).shape} to {shape}")
