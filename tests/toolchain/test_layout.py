"""The layout of the adaptive buffer."""

from __future__ import annotations

import numpy as np
import pytest

from toolchain.errors import AdaptiveError
from toolchain.layout import Layout

LAYOUT = Layout.of({"fc.weight": (2, 3), "fc.bias": (2,)}, {"fc.weight": 0.1, "fc.bias": 0.2})


def test_flatten_and_unflatten_are_inverse() -> None:
    """Named arrays survive the way through the flat vector."""
    vector = np.arange(8, dtype=np.float32)
    named = LAYOUT.unflatten(vector)
    assert {"fc.weight": (2, 3), "fc.bias": (2,)} == {name: value.shape for name, value in named.items()}
    np.testing.assert_array_equal(vector, LAYOUT.flatten(named))


def test_clip_vector_repeats_each_tensors_clip() -> None:
    """Every float has the T of its tensor."""
    np.testing.assert_array_equal(np.float32([0.1] * 6 + [0.2] * 2), LAYOUT.clip_vector)


def test_json_round_trip_keeps_the_fingerprint() -> None:
    """The manifest's form gives the same layout back."""
    assert LAYOUT.fingerprint == Layout.from_json(LAYOUT.to_json()).fingerprint


def test_fingerprint_depends_on_the_clip() -> None:
    """Another T is another layout: an edit clipped to the old one may not fit."""
    other = Layout.of({"fc.weight": (2, 3), "fc.bias": (2,)}, {"fc.weight": 0.1, "fc.bias": 0.3})
    assert LAYOUT.fingerprint != other.fingerprint


@pytest.mark.parametrize("clip", [0.0, -1.0, float("nan"), float("inf")])
def test_clip_must_be_positive_and_finite(clip: float) -> None:
    """A clip that bounds nothing is refused."""
    with pytest.raises(AdaptiveError, match="no usable clip"):
        Layout.of({"w": (1,)}, {"w": clip})


def test_offsets_with_gaps_are_refused() -> None:
    """A manifest whose tensors do not lie side by side is refused."""
    rows = LAYOUT.to_json()
    rows[1]["offset"] = 7
    with pytest.raises(AdaptiveError, match="gaps"):
        Layout.from_json(rows)


def test_missing_tensor_is_named() -> None:
    """Flattening without a tensor names it."""
    with pytest.raises(AdaptiveError, match=r"fc\.bias"):
        LAYOUT.flatten({"fc.weight": np.zeros((2, 3), np.float32)})
