"""What a network must offer to recommend: a score for each candidate, from a window of a user's most recent items.

A window is int64 [length], the most recent item last, filled with 0 in front. 0 is looked up and attended to like an
item, so that a device needs no masks.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from models.networks.network import Network


class Ranker(Network, Protocol):
    """A network with named adaptive layers that scores items."""

    @property
    def items(self) -> int:
        """Items are 1 to `items`."""
        ...

    @property
    def length(self) -> int:
        """Items of a window."""
        ...

    @property
    def table(self) -> Tensor:
        """Item embeddings float32 [1 + items, width]."""
        ...

    def features(self, windows: Tensor, candidates: Tensor) -> Tensor:
        """What the adaptive layers read: float32 [n, f, E] of windows [n, length] and candidates [n, c].

        f is 1 where a user has one vector for all candidates, and c where each candidate has its own.
        """
        ...

    def scores(self, outputs: Tensor, vectors: Tensor) -> Tensor:
        """Scores float32 [..., c] of what `head` made of the features, for candidates' embeddings [..., c, width]."""
        ...

    def loss(self, windows: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """Cross entropy of the next items.

        Args:
            windows: int64 [n, length].
            targets: the item that came after each of them, int64 [n, length]; 0: none.
            negatives: items to tell them apart from, int64 [k].
        """
        ...


def sampled_loss(users: Tensor, targets: Tensor, negatives: Tensor, table: Tensor) -> Tensor:
    """Cross entropy of targets int64 [m] against themselves and negatives int64 [k], for user vectors [m, width]."""
    right = (users * F.embedding(targets, table)).sum(1, keepdim=True)
    wrong = users @ F.embedding(negatives, table).T
    wrong = wrong.masked_fill(negatives[None] == targets[:, None], -torch.inf)
    return F.cross_entropy(torch.cat([right, wrong], 1), torch.zeros_like(targets))
