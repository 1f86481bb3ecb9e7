"""Trial vectors let the editor's edits pass and garbage fail."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.editor.material import Material
from models.rivals.bench import Bench
from models.trained import Trained
from models.trial_vectors import banks_of, bound, choose, rights, select

COUNTS = st.lists(st.integers(0, 32), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def bench(trained: Trained) -> Bench:
    """The small model and its held-out devices."""
    return Bench.of(trained)


def test_vectors_tell_the_editors_edits_from_garbage(trained: Trained, bench: Bench) -> None:
    """On devices that had no say in the choice nearly all edits pass, and random, flipped and zeroed banks hardly."""
    head, material = bench.problem.head, bench.problem.validation
    choice = choose(head, banks_of(trained, material), material)
    embeddings, labels = (part[choice.windows] for part in material.target_rows)
    banks = banks_of(trained, bench.devices)

    def passed(values: np.ndarray) -> float:
        return float((rights(head, values, embeddings, labels).sum(1) >= choice.least).mean())

    assert passed(banks.harmless) >= 0.9
    assert passed(banks.garbage["random"]) <= 0.2
    assert passed(banks.garbage["zeroed"]) == 0
    assert passed(banks.garbage["flipped"]) < passed(banks.harmless)


def test_banks_are_made_of_the_contexts_of_each_device(trained: Trained, bench: Bench) -> None:
    """Three contexts of 32 in 96 windows; random banks lie at T; a flipped edit mirrors the edit."""
    material = bench.problem.validation
    banks = banks_of(trained, material)
    assert banks.harmless.shape == (3 * material.devices, trained.layout.size)
    nearest = np.abs(banks.garbage["random"][:, None] - trained.prototypes[None, 1:]).max(-1).min(-1)
    np.testing.assert_allclose(nearest, trained.layout.tensors[0].clip, rtol=1e-5)
    middle = (banks.harmless + banks.garbage["flipped"]) / 2
    distance = np.abs(middle[:, None] - trained.prototypes[None, 1:]).max(-1).min(-1)
    np.testing.assert_allclose(distance, 0, atol=1e-5)


def test_the_first_of_equal_outputs_counts(bench: Bench) -> None:
    """A bank of zeros gives ten equal outputs: it is right where the label is 0, as a device counts it."""
    embeddings, labels = (part[0] for part in bench.devices.targets)
    zeros = np.zeros((1, bench.layout.size), np.float32)
    np.testing.assert_array_equal(rights(bench.problem.head, zeros, embeddings, labels)[0], labels.numpy() == 0)


def test_the_selection_takes_what_separates_and_no_class_too_often() -> None:
    """Windows that only good banks get right come first; a class is taken at most four times."""
    labels = np.repeat(np.arange(3), 10)
    good = np.ones((8, 30), np.bool_)
    bad = np.ones((8, 30), np.bool_)
    bad[:, [3, 14, 25]] = False
    chosen = select(good, bad, labels, 9)
    assert {3, 14, 25} == set(chosen[:3])
    assert (9, 9) == (len(chosen), len(set(chosen)))
    assert max(np.bincount(labels[chosen])) <= 4
    assert 12 == len(select(good, bad, labels, 32))


@given(COUNTS, COUNTS)
def test_the_bound_lets_nearly_all_good_banks_pass(good: list[int], bad: list[int]) -> None:
    """With fewer than a hundred counts: all of them, unless one has nothing right at all."""
    least = bound(np.array(good), np.array(bad))
    assert 1 <= least
    assert all(count >= least for count in good if count > 0) or min(good) == 0


def test_the_bound_lies_between() -> None:
    """Halfway where the two lie apart; where they overlap, at the lowest good count."""
    assert 15 == bound(np.array([20, 25]), np.array([2, 10]))
    assert 20 == bound(np.array([20, 25]), np.array([24, 24]))


def test_vectors_come_from_the_evaluation_windows(trained: Trained, bench: Bench) -> None:
    """Contexts, from which edits are made, are no vectors: window i is target i of the devices in a row."""
    head, old = bench.problem.head, bench.problem.validation
    banks = banks_of(trained, old)
    other = Material(old.embeddings.clone(), old.labels, old.context, old.step)
    other.embeddings[:, : old.context] = torch.nan
    np.testing.assert_array_equal(choose(head, banks, old).windows, choose(head, banks, other).windows)
