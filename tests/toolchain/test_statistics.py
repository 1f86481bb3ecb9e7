"""The statistics are those of docs/protocol.md, in exact integers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from toolchain.statistics import Reference, StatisticsError, drift, reference_of, summarise

Context = npt.NDArray[np.int8]
CONTEXTS = arrays(np.int8, st.tuples(st.integers(1, 40), st.integers(1, 6)))


@given(CONTEXTS)
def test_the_mean_is_rounded_to_nearest_with_halves_upwards(context: Context) -> None:
    """Exact means, plus a half (as h = held div 2 has it), rounded down, whatever the sign."""
    held = len(context)
    sums = [sum(int(v) for v in column) for column in context.T]
    assert [math.floor(Fraction(s + held // 2, held)) for s in sums] == summarise(context).mean.tolist()


@given(CONTEXTS)
def test_the_spread_is_the_standard_deviation_in_halves_of_a_step(context: Context) -> None:
    """The largest integer whose square is at most four times the exact variance, at most 255."""
    for column, spread in zip(context.T, summarise(context).spread.tolist(), strict=True):
        values = [int(v) for v in column]
        mean = Fraction(sum(values), len(values))
        variance = sum((v - mean) ** 2 for v in values) / len(values)
        assert spread <= 255
        assert spread * spread <= 4 * variance
        assert spread == 255 or (spread + 1) ** 2 > math.floor(4 * variance)


@pytest.mark.parametrize(
    ("column", "mean", "spread"),
    [
        ([-128], -128, 0),
        ([127, 127, 127], 127, 0),
        ([0, 1], 1, 1),
        ([0, -1], 0, 1),
        ([-1, -2], -1, 1),
        ([-128, 127], 0, 255),
        ([0, 0, 0, 1], 0, 0),
        ([1, 3, 5], 3, 3),
    ],
)
def test_known_summaries(column: list[int], mean: int, spread: int) -> None:
    """A few columns by hand: extremes, halves of both signs, and the largest spread that bytes can have."""
    summary = summarise(np.array(column, np.int8)[:, None])
    assert ([mean], [spread], len(column)) == (summary.mean.tolist(), summary.spread.tolist(), summary.held)


def test_nothing_held_is_an_empty_summary_and_no_drift() -> None:
    """As the reply has it: n is 0, and the drift is 0."""
    nothing = np.empty((0, 3), np.int8)
    summary = summarise(nothing)
    assert ((0,), (0,), 0) == (summary.mean.shape, summary.spread.shape, summary.held)
    assert drift(nothing, Reference(np.zeros(3, np.int16), np.ones(3, np.uint8))) == 0


@given(CONTEXTS)
def test_a_context_has_not_drifted_from_itself(context: Context) -> None:
    """Against itself the drift is 0, and the order of the embeddings means nothing."""
    reference = reference_of(context)
    assert drift(context, reference) == 0
    assert drift(context[::-1], reference) == 0


@given(CONTEXTS, st.data())
def test_the_drift_is_the_formula_of_the_protocol(context: Context, data: st.DataObject) -> None:
    """Written out dimension by dimension in Python's integers, for any reference."""
    held, width = context.shape
    means = data.draw(st.lists(st.integers(-2048, 2032), min_size=width, max_size=width))
    spreads = data.draw(st.lists(st.integers(0, 255), min_size=width, max_size=width))
    total = 0
    for column, m_ref, spread_ref in zip(context.T, means, spreads, strict=True):
        m = 16 * sum(int(v) for v in column) // held
        d = max(8 * spread_ref, 16)
        total += min(((m - m_ref) ** 2 << 8) // (d * d), 1 << 20)
    assert held * (total // width) == drift(context, Reference(np.array(means, np.int16), np.array(spreads, np.uint8)))


def test_one_dimension_cannot_drown_the_others_without_bound() -> None:
    """A dimension's z ends at 2^20: the far end of the range against a spread of nothing counts no more."""
    far = np.full((32, 4), 127, np.int8)
    reference = Reference(np.full(4, -2048, np.int16), np.zeros(4, np.uint8))
    assert 32 * (1 << 20) == drift(far, reference)


def test_the_drift_saturates_at_32_bits() -> None:
    """Sixty thousand embeddings as far away as can be do not wrap round."""
    far = np.full((60_000, 1), 127, np.int8)
    assert drift(far, Reference(np.full(1, -2048, np.int16), np.zeros(1, np.uint8))) == 0xFFFFFFFF


def test_the_drift_is_about_one_while_nothing_changes() -> None:
    """Fresh windows against a long reference: 256 on average; against a reference of their own size: 512."""
    rng = np.random.default_rng(0)

    def windows(count: int) -> Context:
        return np.asarray(np.clip(np.rint(rng.normal(3, 20, (count, 32))), -128, 127), np.int8)

    long = reference_of(windows(20_000))
    assert np.mean([drift(windows(32), long) for _ in range(200)]) == pytest.approx(256, rel=0.1)
    assert np.mean([drift(windows(32), reference_of(windows(32))) for _ in range(200)]) == pytest.approx(512, rel=0.15)


@pytest.mark.parametrize("shape", [(3,), (3, 4, 5)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    """Only [held, E] is a context."""
    with pytest.raises(StatisticsError, match=r"int8 \[held, E\]"):
        summarise(np.zeros(shape, np.int8))


def test_floats_and_wrong_widths_and_empty_references_are_refused() -> None:
    """No silent conversion, no broadcasting."""
    with pytest.raises(StatisticsError, match="float32"):
        summarise(np.zeros((3, 4), np.float32))  # type: ignore[arg-type]
    with pytest.raises(StatisticsError, match="4 dimensions"):
        drift(np.zeros((3, 4), np.int8), Reference(np.zeros(1, np.int16), np.zeros(1, np.uint8)))
    with pytest.raises(StatisticsError, match="at least one"):
        reference_of(np.zeros((0, 4), np.int8))
