"""Grouping by codes, Eq. 12, and groups that are empty or tiny."""

from __future__ import annotations

import numpy as np
import pytest

from models.editor.groups import cluster, members


def _blobs(sizes: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.concatenate([10 * i + 0.1 * rng.standard_normal((n, 4)) for i, n in enumerate(sizes)])


def test_clear_groups_are_found() -> None:
    """Three separate clouds become three groups of their sizes."""
    codes = _blobs((20, 5, 12))
    belongs = members(codes, cluster(codes, 3, seed=0), minimum=2)
    assert sorted(belongs.sum(1)) == [5, 12, 20]
    assert (belongs.sum(0) == 1).all()


def test_a_tiny_group_borrows_its_neighbours() -> None:
    """A group of one device takes the nearest others besides, and they stay in their own group too."""
    codes = np.array([[0.0], [10.0], [11.0], [12.0], [30.0]])
    belongs = members(codes, np.array([[0.0], [11.0], [30.0]]), minimum=3)
    np.testing.assert_array_equal(belongs[0], [True, True, True, False, False])
    np.testing.assert_array_equal(belongs[1], [False, True, True, True, False])
    np.testing.assert_array_equal(belongs[2], [False, False, True, True, True])


def test_an_empty_group_is_filled() -> None:
    """A centroid that no device is nearest to still gets devices to learn from."""
    codes = np.zeros((6, 2))
    belongs = members(codes, np.array([[0.0, 0.0], [5.0, 5.0]]), minimum=4)
    np.testing.assert_array_equal(belongs.sum(1), [6, 4])


def test_fewer_devices_than_the_minimum() -> None:
    """Every group then has all devices."""
    codes = np.array([[0.0], [1.0]])
    assert members(codes, cluster(codes, 3, seed=0), minimum=5).all()


@pytest.mark.parametrize("distinct", [1, 2, 3])
def test_fewer_distinct_codes_than_groups(distinct: int) -> None:
    """k-means still gives as many centroids as were asked for, each of them a code."""
    codes = np.repeat(np.arange(distinct, dtype=float)[:, None], 5, axis=0)
    centroids = cluster(codes, 3, seed=0)
    assert centroids.shape == (3, 1)
    assert set(centroids[:, 0]) == set(range(distinct))
