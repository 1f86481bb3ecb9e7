"""Figures over devices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.errors import FleetError
from models.evaluation.figures import Figures, interval, standard_error

BASE = np.array([0.5, 0.6, 0.7, 0.8])
OWN = np.array([0.7, 0.6, 0.65, 0.9])


def test_figures_of_four_devices() -> None:
    """Mean, gain, shares and the largest loss, by hand."""
    found = Figures.of(OWN, BASE)
    assert found.devices == 4
    assert found.mean == pytest.approx(0.7125)
    assert found.gain == pytest.approx(0.0625)
    assert (found.improved, found.worse) == (0.5, 0.25)
    assert found.loss == pytest.approx(0.05)
    assert found.worst == 0.6
    assert found.spread == pytest.approx(np.std(OWN, ddof=1))
    assert found.error == pytest.approx(found.spread / 2)


def test_a_method_against_itself_gains_nothing() -> None:
    """No gain, no loss, no width, nobody improved."""
    found = Figures.of(OWN, OWN)
    assert (found.gain, found.low, found.high, found.improved, found.worse, found.loss) == (0, 0, 0, 0, 0, 0)


def test_rounding_of_means_improves_nobody() -> None:
    """A third thrice is a third: the last bits of a mean over seeds do not count as a difference."""
    own = np.array([(0.1 + 0.2 + 0.3) / 3])
    found = Figures.of(own, np.array([0.2]))
    assert (found.improved, found.worse) == (0, 0)


def test_one_device_has_no_spread() -> None:
    """Its spread and its error are 0, not NaN."""
    assert standard_error(np.array([0.4])) == 0
    assert Figures.of(np.array([0.4]), np.array([0.3])).spread == 0


@pytest.mark.parametrize(("own", "base"), [([], []), ([0.5], [0.5, 0.6])], ids=["nobody", "others"])
def test_the_devices_have_to_be_the_same(own: list[float], base: list[float]) -> None:
    """No devices, or another number of them, is an error that says so."""
    with pytest.raises(FleetError, match="the same devices"):
        Figures.of(np.array(own), np.array(base))


def test_the_interval_is_that_of_the_normal_for_many_devices() -> None:
    """For 400 gains it is near mean +- 1.96 standard errors."""
    gains = np.random.default_rng(1).normal(0.05, 0.1, 400)
    low, high = interval(gains)
    assert low == pytest.approx(gains.mean() - 1.96 * standard_error(gains), abs=5e-4)
    assert high == pytest.approx(gains.mean() + 1.96 * standard_error(gains), abs=5e-4)


def test_the_interval_agrees_with_scipy() -> None:
    """scipy.stats.bootstrap gives the same interval but for the draw."""
    from scipy.stats import bootstrap

    gains = np.random.default_rng(2).normal(0.02, 0.1, 36)
    theirs = bootstrap((gains,), np.mean, method="percentile", n_resamples=9999).confidence_interval
    assert interval(gains) == pytest.approx((theirs.low, theirs.high), abs=3e-3)


@settings(deadline=None, max_examples=50)
@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(-1, 1)))
def test_the_mean_lies_between_the_extremes_of_its_interval(gains: np.ndarray) -> None:
    """The interval is the same at each call, ordered, and within the range of the gains."""
    low, high = interval(gains)
    assert (low, high) == interval(gains)
    assert gains.min() - 1e-12 <= low <= high <= gains.max() + 1e-12
