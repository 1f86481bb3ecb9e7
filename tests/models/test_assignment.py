"""Eq. 12, and that a device does not swing between two prototypes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.editor.assignment import assign, reassign

VALUES = st.lists(st.floats(0.5, 2.0), min_size=1, max_size=6)


def test_eq_12_picks_the_smallest_edit() -> None:
    """The chosen prototype is the one whose clipped edit has the smallest Euclidean norm; the first of equals."""
    edits = np.array([[[3, 4], [0, 4.9], [5, 5]], [[1, 1], [1, -1], [0, 2]]], np.float32)
    np.testing.assert_array_equal(assign(edits), [1, 0])


@pytest.mark.parametrize(
    ("norms", "present", "expected"),
    [
        ([2.0, 1.0, 3.0], None, 1),
        ([1.0, 1.0], None, 0),
        ([1.0, 0.95], 0, 0),
        ([1.0, 0.89], 0, 1),
        ([1.0, 0.75], 1, 1),
        ([0.0, 0.0], 1, 1),
        ([1.0], 0, 0),
    ],
)
def test_a_prototype_is_left_only_for_a_clearly_smaller_edit(
    norms: list[float], present: int | None, expected: int
) -> None:
    """At h = 0.1 nine tenths of the present norm are the edge; without a present one it is plain Eq. 12."""
    assert expected == reassign(np.array(norms), present, 0.1)


@given(VALUES)
def test_without_hysteresis_it_is_eq_12(values: list[float]) -> None:
    """At h = 0 whatever is present is left for the smallest norm."""
    norms = np.array(values)
    for present in range(len(norms)):
        assert norms.min() == norms[reassign(norms, present, 0.0)]


@given(VALUES, st.floats(0.02, 0.5), st.data())
def test_no_device_comes_back_to_a_prototype_that_it_left(values: list[float], h: float, data: st.DataObject) -> None:
    """While the norms stay within the factor 1 +- h / (2 - h) of values of their own, whatever the noise does."""
    most = 0.999 * h / (2 - h)
    noise = st.lists(st.floats(-most, most), min_size=len(values), max_size=len(values))
    present, left = None, set()
    for errors in data.draw(st.lists(noise, max_size=30)):
        chosen = reassign(np.array(values) * (1 + np.array(errors)), present, h)
        if present is not None and chosen != present:
            left.add(present)
        assert chosen not in left
        present = chosen


def test_two_nearly_equal_prototypes_do_not_alternate() -> None:
    """Norms that change places at every look: Eq. 12 alone switches each time, with hysteresis never."""
    looks = [np.array([1.0, 1.02]), np.array([1.02, 1.0])] * 10
    plain, held = [0], [0]
    for norms in looks:
        plain.append(reassign(norms, plain[-1], 0.0))
        held.append(reassign(norms, held[-1]))
    assert sum(a != b for a, b in pairwise(plain)) == 19
    assert set(held) == {0}


@pytest.mark.parametrize(
    ("norms", "present", "h"),
    [([], None, 0.1), ([[1.0]], None, 0.1), ([np.nan], 0, 0.1), ([-1.0], 0, 0.1), ([1.0], 1, 0.1), ([1.0], -1, 0.1)]
    + [([1.0], 0, h) for h in (-0.1, 1.0, np.nan)],
)
def test_what_cannot_be_compared_is_refused(norms: list[float], present: int | None, h: float) -> None:
    """Empty, NaN or negative norms, a prototype that is not there, a hysteresis that would freeze or invert."""
    with pytest.raises(ValueError, match=r"norms|prototypes|hysteresis"):
        reassign(np.array(norms), present, h)
