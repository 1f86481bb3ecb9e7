"""Sequence files, their splits and candidates, and the ranking metrics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score, top_k_accuracy_score

from models.datasets.fleet import Role
from models.errors import FleetError
from models.sequences.amazon import Counts, load_sequences
from models.sequences.candidates import draw_candidates
from models.sequences.metrics import hit_rate, ndcg, ranks, summarise, user_auc
from models.sequences.split import UserSplit
from models.sequences.training import windows_of


def test_a_file_gives_items_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """Items become 1 to n in ascending order of their numbers, users keep the order of their lines."""
    path = tmp_path / "shop.txt"
    path.write_text("anna 70 5 900 5\nben 5 70 71 900\n")
    found = load_sequences(path)
    assert [list(items) for items in found.users] == [[2, 1, 4, 1], [1, 2, 3, 4]]
    assert found.counts == Counts(2, 4, 8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no users"),
        ("1 2 3 4 5\n1 2 3 4 5\n", "line 2"),
        ("1 2 3 4 5\n2 3 4\n", "line 2"),
        ("1 2 3 x 5\n", "line 1"),
        ("1 2 3 0 5\n", "line 1"),
        ("1 2 3 -4 5\n", "line 1"),
    ],
)
def test_a_line_that_is_no_user_is_named(tmp_path: Path, text: str, said: str) -> None:
    """An empty file, a user twice, a short line and items that are no positive numbers are one clear error each."""
    path = tmp_path / "shop.txt"
    path.write_text(text)
    with pytest.raises(FleetError, match=said):
        load_sequences(path)


def test_a_missing_file_is_a_fleet_error(tmp_path: Path) -> None:
    """A path that leads nowhere is answered with what was expected."""
    with pytest.raises(FleetError, match="oldest first"):
        load_sequences(tmp_path / "nowhere.txt")


def test_a_published_set_with_other_counts_is_refused(tmp_path: Path) -> None:
    """A file that calls itself Beauty 5-core must have Beauty's counts."""
    path = tmp_path / "amazon_beauty_5core.txt"
    path.write_text("1 1 2 3 4\n")
    with pytest.raises(FleetError, match="22363"):
        load_sequences(path)


@pytest.mark.parametrize(
    ("name", "counts"),
    [("amazon_beauty_5core", Counts(22363, 12101, 198502)), ("amazon_beauty_active", Counts(1012, 5897, 33986))],
)
def test_the_published_sets_have_their_published_counts(data_folder: Path, name: str, counts: Counts) -> None:
    """Both Beauty files are what they are said to be."""
    assert load_sequences(data_folder / f"{name}.txt").counts == counts


@pytest.mark.parametrize("items", [24, 1000])
def test_candidates_are_distinct_and_new_to_the_user(items: int) -> None:
    """The target comes first, the others are distinct and none of the user's; the same seed gives the same ones."""
    chance = np.random.default_rng(1)
    known = [chance.permutation(items)[:4] + 1 for _ in range(50)]
    targets = np.array([own[-1] for own in known])
    found = draw_candidates(targets, known, items, seed=3, negatives=20)
    assert np.array_equal(found[:, 0], targets)
    assert found.min() >= 1
    assert found.max() <= items
    assert all(len(set(row)) == 21 and not set(row[1:]) & set(own) for row, own in zip(found, known, strict=True))
    assert np.array_equal(found, draw_candidates(targets, known, items, seed=3, negatives=20))


def test_candidates_are_uniform() -> None:
    """Over many users every other item is drawn about as often."""
    found = draw_candidates(np.ones(4000, np.int64), [np.array([1])] * 4000, 41, seed=0, negatives=20)
    counts = np.bincount(found[:, 1:].ravel(), minlength=42)[2:]
    assert np.all(np.abs(counts - 2000) < 200)


def test_too_few_items_are_refused() -> None:
    """A catalogue without enough other items cannot be ranked against."""
    with pytest.raises(FleetError, match="at least 103"):
        draw_candidates(np.array([1]), [np.array([1, 2, 3, 4])], 100, seed=0)


def test_metrics_are_those_of_scikit_learn() -> None:
    """Without ties NDCG@k, HR@k, AUC and user AUC are scikit-learn's."""
    scores = np.random.default_rng(0).normal(size=(40, 100)).astype(np.float32)
    scores[:, 0] += 1
    labels = np.zeros(scores.shape, int)
    labels[:, 0] = 1
    found = summarise(scores)
    for k in (5, 10):
        assert found[f"ndcg@{k}"] == pytest.approx(ndcg_score(labels, scores, k=k))
        right = top_k_accuracy_score(np.zeros(40, int), scores, k=k, labels=np.arange(100))
        assert found[f"hr@{k}"] == pytest.approx(right)
    assert found["auc"] == pytest.approx(roc_auc_score(labels.ravel(), scores.ravel()))
    each = [roc_auc_score(label, score) for label, score in zip(labels, scores, strict=True)]
    assert user_auc(scores) == pytest.approx(np.array(each))


def test_a_scorer_without_an_opinion_ranks_last() -> None:
    """Equal scores everywhere earn no hit and no gain, and half of a user's AUC."""
    scores = np.zeros((3, 100), np.float32)
    assert list(ranks(scores)) == [99] * 3
    assert not ndcg(ranks(scores), 10).any()
    assert not hit_rate(ranks(scores), 10).any()
    assert list(user_auc(scores)) == [0.5] * 3


def test_every_user_is_held_out_once_and_has_one_role() -> None:
    """Over the folds the held-out users are all users; within a fold the roles do not overlap."""
    folds = [UserSplit(fold, folds=3, seed=5).roles(100) for fold in range(3)]
    assert np.array_equal(np.sort(np.concatenate([roles[Role.HELD_OUT] for roles in folds])), np.arange(100))
    for roles in folds:
        assert np.array_equal(np.sort(np.concatenate(list(roles.values()))), np.arange(100))
        assert all(len(users) for users in roles.values())


def test_a_fold_that_is_none_is_refused() -> None:
    """Folds count from 0."""
    with pytest.raises(FleetError, match="fold from 0 to 5"):
        UserSplit(fold=6).roles(100)


def test_windows_end_with_the_last_item() -> None:
    """A window holds the most recent items, with zeros in front of them."""
    found = windows_of([np.array([1, 2, 3, 4]), np.array([5])], 3)
    assert found.tolist() == [[2, 3, 4], [0, 0, 5]]
