"""int8 embeddings lose at most half a step inside their range, which is the range that the compiler takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.quantise import Int8Range

ARRAYS = hnp.arrays(np.float32, st.tuples(st.just(1), st.integers(1, 40)), elements=st.floats(-1000, 1000, width=32))


@given(ARRAYS)
def test_error_is_at_most_one_step_and_zero_is_exact(values: np.ndarray) -> None:
    """Half a step from rounding and, at the ends, up to another half from the rounded zero point."""
    seen = Int8Range.of(values)
    assert -128 <= seen.zero_point <= 127
    assert np.abs(seen.fake(values) - values).max() <= seen.scale * 1.01
    assert seen.fake(np.zeros(1, np.float32))[0] == 0


@given(ARRAYS)
def test_quantising_twice_changes_nothing(values: np.ndarray) -> None:
    """What a device has sent is unchanged by a second pass."""
    seen = Int8Range.of(values)
    once = seen.fake(values)
    np.testing.assert_array_equal(seen.fake(once), once)
    np.testing.assert_array_equal(seen.encode(seen.decode(seen.encode(values))), seen.encode(values))


def test_values_outside_the_range_saturate() -> None:
    """Beyond calibration an embedding sticks at the end of the range."""
    seen = Int8Range.of(np.array([[0, 1]], np.float32))
    np.testing.assert_allclose(seen.fake(np.array([-5, 7], np.float32)), [0, 1], atol=1e-6)


def test_a_rare_large_value_hardly_widens_the_range() -> None:
    """The largest value of each sample counts for a twentieth, as the quantiser calibrates."""
    values = np.array([[0, 1], [0, 1], [0, 21]], np.float32)
    assert Int8Range.of(values).scale == pytest.approx(2 / 255)


def test_a_range_survives_json() -> None:
    """As a report holds it."""
    seen = Int8Range(0.25, -7)
    assert Int8Range.from_json(seen.to_json()) == seen
