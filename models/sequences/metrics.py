"""AUC, user AUC, NDCG@k and HR@k of scores whose first column is the item that came next.

A tie counts against the target, so that a network that scores everything alike ranks last. Without ties the figures are
those of scikit-learn, which a test checks; per user it would take minutes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
PerUser = npt.NDArray[np.float64]


def ranks(scores: Scores) -> npt.NDArray[np.int64]:
    """How many candidates of scores [n, 1 + c] are at least as good as the target, int64 [n]; 0 is best."""
    return np.asarray((scores[:, 1:] >= scores[:, :1]).sum(1), np.int64)


def ndcg(rank: npt.NDArray[np.int64], k: int) -> PerUser:
    """NDCG@k of every user with one relevant item: 1 / log2(rank + 2) within the first k, else 0."""
    return np.where(rank < k, 1 / np.log2(rank + 2.0), 0.0)


def hit_rate(rank: npt.NDArray[np.int64], k: int) -> PerUser:
    """HR@k of every user: 1 where the target is among the first k."""
    return np.asarray(rank < k, np.float64)


def user_auc(scores: Scores) -> PerUser:
    """AUC of every user: the share of negatives below the target, ties by half."""
    above, equal = scores[:, :1] > scores[:, 1:], scores[:, :1] == scores[:, 1:]
    return np.asarray((above + 0.5 * equal).mean(1), np.float64)


def overall_auc(scores: Scores) -> float:
    """AUC over the pairs of all users in one pool, as the paper reports it; it also compares users with one another."""
    from sklearn.metrics import roc_auc_score

    labels = np.zeros(scores.shape, np.int8)
    labels[:, 0] = 1
    return float(roc_auc_score(labels.ravel(), scores.ravel()))


def summarise(scores: Scores) -> Mapping[str, float]:
    """All figures of scores float32 [n, 1 + c], by name."""
    rank = ranks(scores)
    return {
        "auc": overall_auc(scores),
        "user_auc": float(user_auc(scores).mean()),
        "ndcg@5": float(ndcg(rank, 5).mean()),
        "ndcg@10": float(ndcg(rank, 10).mean()),
        "hr@5": float(hit_rate(rank, 5).mean()),
        "hr@10": float(hit_rate(rank, 10).mean()),
    }
