"""How the digits of one data set may differ from those of another: a device's scanner, its framing and its writers.

A device has one smooth map from source to sensor (turn, slant, aspect, offset, a local warp and a blur, all linear in
the pixels and hence one matrix, as in `models.datasets.optics`), one pen and one contrast.
Ranges are symmetric around "no shift", and one family serves every direction; but what belongs to the family, and how
far it goes, was settled after looking at USPS and MNIST side by side and at what a base of one gets wrong on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.optics import Matrix, blur_map

KNOTS: Final = 3


@dataclass(frozen=True)
class Spread:
    """How far shifts may go; each is drawn evenly from -value .. value, `blur_px` and `noise` from 0 .. value.

    `turn_rad` and `slant` (columns a row) lean a digit, `aspect` stretches one axis (a logarithm, each axis its own),
    `offset` moves it and `warp` each of 3x3 knots of a local warp (1 is half an image), `stroke` thins or thickens (1:
    a whole pixel of the source at most), `gamma` is the logarithm of an exponent on the intensities and `gain` that of
    a factor.
    """

    turn_rad: float = 0.15
    slant: float = 0.3
    aspect: float = 0.2
    offset: float = 0.1
    warp: float = 0.2
    stroke: float = 1.0
    gamma: float = 0.6
    gain: float = 0.2
    blur_px: float = 0.6
    noise: float = 0.05


@dataclass(frozen=True, eq=False)
class Hand:
    """One device: `optics` float64 [pixels, pixels] from source to sensor, then contrast; `stroke` comes before."""

    optics: Matrix
    stroke: float
    gamma: float
    gain: float
    noise: float

    @classmethod
    def draw(cls, spread: Spread, size: int, rng: np.random.Generator) -> Hand:
        """A device within `spread`, for images of `size` x `size` pixels."""

        def even(limit: float, *shape: int) -> npt.NDArray[np.float64]:
            return np.asarray(rng.uniform(-limit, limit, shape))

        turn, slant = float(even(spread.turn_rad)), float(even(spread.slant))
        lean = np.array([[1, 0], [slant, 1]]) @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        source = _source(lean * np.exp(even(spread.aspect, 2))[:, None], even(spread.offset, 2), size)
        source += _between(even(spread.warp, KNOTS, KNOTS, 2), size)
        return cls(
            optics=_resample(source, size) @ blur_map(size, float(rng.uniform(0, spread.blur_px))),
            stroke=float(even(spread.stroke)),
            gamma=float(np.exp(even(spread.gamma))),
            gain=float(np.exp(even(spread.gain))),
            noise=float(rng.uniform(0, spread.noise)),
        )

    def write(self, images: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Images float32 [n, s, s] in 0..1 as this device shows them, float32 [n, s, s, 1] in 0..1."""
        inked = _stroked(images, self.stroke).reshape(len(images), -1) @ self.optics
        seen = self.gain * np.clip(inked, 0, 1) ** self.gamma
        seen = seen + self.noise * rng.standard_normal(seen.shape)
        return np.asarray(np.clip(seen, 0, 1).reshape(*images.shape, 1), np.float32)


def _grid(points: int) -> npt.NDArray[np.float64]:
    """Centres of `points` cells across -1 .. 1."""
    return (np.arange(points) + 0.5) * 2 / points - 1


def _source(lean: npt.NDArray[np.float64], offset: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float64]:
    """Where each sensor pixel lies in the source: (row, column) in -1 .. 1, float64 [size, size, 2]."""
    rows, columns = np.meshgrid(_grid(size), _grid(size), indexing="ij")
    return np.asarray(np.stack([rows, columns], axis=-1) @ lean.T + offset)


def _between(knots: npt.NDArray[np.float64], points: int) -> npt.NDArray[np.float64]:
    """Values [3, 3, k] at knots, smoothly interpolated to [points, points, k]: a parabola through each three."""
    t = _grid(points)
    basis = np.stack([t * (t - 1) / 2, 1 - t * t, t * (t + 1) / 2], axis=1)
    return np.asarray(np.einsum("ra,cb,abk->rck", basis, basis, knots))


def _resample(source: npt.NDArray[np.float64], size: int) -> Matrix:
    """Bilinear samples at `source` float64 [size, size, 2], float64 [size * size, size * size]; zero outside."""
    place = (source.reshape(-1, 2) + 1) * size / 2 - 0.5
    row, column = (np.clip(1 - np.abs(place[:, axis] - np.arange(size)[:, None]), 0, None) for axis in (0, 1))
    return np.asarray((row[:, None] * column[None]).reshape(size * size, size * size))


def _stroked(images: npt.NDArray[np.float32], stroke: float) -> npt.NDArray[np.float32]:
    """Thicker for a positive `stroke`, thinner for a negative one: a blend with the brightest or darkest neighbour."""
    # Half a pixel on either side: the extremum over pairs of neighbours, averaged over their two places.
    pick = np.maximum if stroke > 0 else np.minimum
    moved = images.astype(np.float64)
    for axis in (1, 2):
        padded = np.take(moved, np.clip(np.arange(-1, moved.shape[axis] + 1), 0, moved.shape[axis] - 1), axis)
        pairs = pick(np.delete(padded, 0, axis), np.delete(padded, -1, axis))
        moved = (np.delete(pairs, 0, axis) + np.delete(pairs, -1, axis)) / 2
    return np.asarray(images + abs(stroke) * (moved - images), np.float32)
