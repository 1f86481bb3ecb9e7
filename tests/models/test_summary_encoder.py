"""The summary that editors are trained on is the one that devices send."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.editor.observation import observe
from models.editor.summary_encoder import SummaryEncoder, summary_features
from models.quantise import Int8Range

RANGES = st.builds(Int8Range, st.sampled_from([0.03, 1 / 3, 2.0]), st.integers(-128, 127))


@settings(max_examples=60)
@given(arrays(np.int8, st.tuples(st.integers(1, 40), st.integers(1, 4))), RANGES)
def test_training_rounds_as_the_device_does(elements: np.ndarray, seen: Int8Range) -> None:
    """Means and spreads of the torch encoder are those of the device's integers, whatever the zero point."""
    windows = seen.decode(elements)
    observed = observe(windows, seen)
    expected = np.concatenate([observed.mean, observed.spread])
    actual = summary_features(torch.from_numpy(windows)[None], seen.scale)[0].numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6 * seen.scale)


def test_the_order_of_the_windows_means_nothing() -> None:
    """A summary is one of a set."""
    torch.manual_seed(0)
    encoder = SummaryEncoder(4, 8)
    windows = torch.randint(-20, 20, (3, 10, 4)).float()
    torch.testing.assert_close(encoder(windows.flip(1)), encoder(windows), atol=0, rtol=0)


@pytest.mark.parametrize("held", [1, 5, 10])
def test_padding_counts_for_nothing(held: int) -> None:
    """With lengths the windows behind them change neither mean nor spread."""
    windows = torch.randint(-20, 20, (2, 10, 4)).float()
    lengths = torch.full((2,), held)
    torch.testing.assert_close(summary_features(windows, 1.0, lengths), summary_features(windows[:, :held], 1.0))
