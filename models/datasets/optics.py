"""How a device sees an image: its optics as one linear map, then its contrast and its noise.

A device's mounting angle and its blur are the same for every window, so that rotation, upsampling and blur together are
one matrix from the pixels of the source image to the pixels of the device's sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """How one device differs from an ideal one.

    `rotation_deg` counter-clockwise mounting angle in degrees; `contrast` factor on the intensities; `blur_px` standard
    deviation of a Gaussian in sensor pixels; `noise` standard deviation of additive Gaussian noise (full scale is 1).
    """

    rotation_deg: float
    contrast: float
    blur_px: float
    noise: float


def rotation_map(source: int, target: int, rotation_deg: float) -> Matrix:
    """Bilinear resampling of a rotated square, float64 [source * source, target * target]; zero outside the source."""
    angle = np.deg2rad(rotation_deg)
    centre = (target - 1) / 2
    rows, columns = np.meshgrid(np.arange(target) - centre, np.arange(target) - centre, indexing="ij")
    scale = source / target
    row = (rows * np.cos(angle) + columns * np.sin(angle)) * scale + (source - 1) / 2
    column = (columns * np.cos(angle) - rows * np.sin(angle)) * scale + (source - 1) / 2
    pixels = np.arange(source)
    by_row = np.clip(1 - np.abs(row.reshape(1, -1) - pixels[:, None]), 0, None)
    by_column = np.clip(1 - np.abs(column.reshape(1, -1) - pixels[:, None]), 0, None)
    return np.asarray((by_row[:, None] * by_column[None]).reshape(source * source, target * target))


def blur_map(size: int, blur_px: float) -> Matrix:
    """Separable Gaussian blur, float64 [size * size, size * size]; the identity for `blur_px` 0."""
    if blur_px <= 0:
        return np.eye(size * size)
    distance = np.arange(size, dtype=np.float64)[:, None] - np.arange(size)[None]
    line: Matrix = np.exp(-0.5 * (distance / blur_px) ** 2)
    line /= line.sum(axis=0, keepdims=True)
    return np.asarray(np.kron(line, line), np.float64)


def render(
    images: npt.NDArray[np.float32], target: int, shift: Shift, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """`images` float32 [n, s, s] in [0, 1] as a device with `shift` records them, float32 [n, target, target, 1]."""
    count, source, _ = images.shape
    optics = rotation_map(source, target, shift.rotation_deg) @ blur_map(target, shift.blur_px)
    clean = images.reshape(count, source * source) @ optics
    seen = clean * shift.contrast + shift.noise * rng.standard_normal(clean.shape)
    return np.asarray(np.clip(seen, 0, 1), np.float32).reshape(count, target, target, 1)
