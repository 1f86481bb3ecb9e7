"""A device's optics are a linear map with the properties its name promises."""

from __future__ import annotations

import numpy as np
import pytest

from models.datasets.optics import Shift, blur_map, render, rotation_map


def test_upright_map_only_resamples() -> None:
    """Without rotation and scaling every pixel stays where it is."""
    np.testing.assert_allclose(rotation_map(8, 8, 0.0), np.eye(64), atol=1e-12)


def test_quarter_turn_is_counter_clockwise() -> None:
    """A turn by 90 degrees is the one that NumPy's `rot90` makes."""
    image = np.random.default_rng(0).random((8, 8))
    turned = (image.reshape(1, 64) @ rotation_map(8, 8, 90.0)).reshape(8, 8)
    np.testing.assert_allclose(turned, np.rot90(image), atol=1e-9)


@pytest.mark.parametrize("blur", [0.0, 0.3, 1.5])
def test_blur_keeps_a_uniform_image(blur: float) -> None:
    """Every blurred pixel is an average of its surroundings, at the borders too."""
    np.testing.assert_allclose(np.ones(36) @ blur_map(6, blur), 1.0, atol=1e-12)


def test_windows_stay_in_range() -> None:
    """High contrast and noise are cut off at 0 and 1, as a sensor does."""
    images = np.random.default_rng(1).random((5, 8, 8)).astype(np.float32)
    seen = render(images, 16, Shift(40.0, 3.0, 0.5, 0.5), np.random.default_rng(2))
    assert (seen.shape, seen.dtype) == ((5, 16, 16, 1), np.float32)
    assert (seen.min(), seen.max()) == (0.0, 1.0)
