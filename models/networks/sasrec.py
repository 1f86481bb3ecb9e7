"""SASRec (Kang and McAuley, arXiv 1808.09781) with an adaptive user tower behind it.

One self-attention layer over the window's items; the state after the last item goes through the tower and becomes the
user's vector, which scores an item by the dot product with its embedding. The device computes the state of the last
item only: one query instead of `length`. It sends the user's vector; scores are taken where the candidates are, with
the int8 table that both sides have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.ranker import Tower, dot_scores, sampled_loss, tower_head, tower_names

_TABLE_STD: Final = 0.02


class SasRec(nn.Module):
    """The network.

    Args:
        items: items are 1 to `items`.
        length: items of a window.
        width: width of embeddings, states and tower.
        heads: attention heads, a divisor of `width`.
        inner: width of the feed-forward layer.
        dropout: in training.
    """

    NAME: Final = "sasrec"

    def __init__(  # noqa: PLR0913, PLR0917  # a transformer has that many sizes
        self, items: int, length: int = 20, width: int = 64, heads: int = 4, inner: int = 128, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self._config = {
            "items": items,
            "length": length,
            "width": width,
            "heads": heads,
            "inner": inner,
            "dropout": dropout,
        }
        self.items, self.length, self.heads = items, length, heads
        self.embedding = nn.Embedding(items + 1, width)
        nn.init.normal_(self.embedding.weight, std=_TABLE_STD)
        self.position = nn.Parameter(_TABLE_STD * torch.randn(length, width))
        self.before = nn.LayerNorm(width)
        self.query, self.key, self.value, self.join = (nn.Linear(width, width) for _ in range(4))
        self.between = nn.LayerNorm(width)
        self.inner = nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, width))
        self.after = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.tower = Tower(width)

    @property
    def name(self) -> str:
        """`sasrec`."""
        return self.NAME

    @property
    def adaptive(self) -> tuple[str, ...]:
        """Weights and biases of the tower's two layers."""
        return tower_names()

    @property
    def embedding_size(self) -> int:
        """Width of a state."""
        return self.embedding.embedding_dim

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One window."""
        return (self.length,)

    @property
    def table(self) -> Tensor:
        """Item embeddings float32 [1 + items, width]."""
        return self.embedding.weight

    def config(self) -> dict[str, Any]:
        """Arguments that make the same network again."""
        return dict(self._config)

    def states(self, windows: Tensor) -> Tensor:
        """States float32 [n, length, width] after every item of windows int64 [n, length], for training."""
        x = self._embedded(windows)
        future = torch.full((self.length, self.length), -torch.inf).triu(1)
        return self._encoded(x, x, future)

    def embed(self, x: Tensor) -> Tensor:
        """The state float32 [n, width] after the last item of windows [n, length]."""
        embedded = self._embedded(x)
        return self._encoded(embedded[:, -1:], embedded, None)[:, 0]

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """User vectors [..., width] of states [..., width] with the given tower."""
        return tower_head(embedding, parameters)

    def forward(self, x: Tensor) -> Tensor:
        """User vectors float32 [n, width] of windows [n, length] with the network's own tower."""
        vector: Tensor = self.tower(self.embed(x))
        return vector

    def features(self, windows: Tensor, candidates: Tensor) -> Tensor:  # noqa: ARG002  # one vector for all candidates
        """States [n, 1, width]."""
        return self.embed(windows)[:, None]

    def scores(self, outputs: Tensor, vectors: Tensor) -> Tensor:
        """Dot products [..., c]."""
        return dot_scores(outputs, vectors)

    def loss(self, windows: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """See `Ranker.loss`; every position of a window is learned from."""
        real = (windows > 0) & (targets > 0)
        return sampled_loss(self.tower(self.states(windows)[real]), targets[real], negatives, self.table)

    def _embedded(self, windows: Tensor) -> Tensor:
        embedded: Tensor = self.dropout(self.before(self.embedding(windows) + self.position))
        return embedded

    def _encoded(self, x: Tensor, past: Tensor, mask: Tensor | None) -> Tensor:
        """One encoder layer for x [n, m, width] that attends to past [n, length, width]."""
        width = x.shape[2]
        query, key, value = self._split(self.query(x)), self._split(self.key(past)), self._split(self.value(past))
        weights = query @ key.transpose(2, 3) / math.sqrt(width // self.heads)
        weights = self.dropout(F.softmax(weights if mask is None else weights + mask, dim=-1))
        joined = self.join((weights @ value).transpose(1, 2).reshape(-1, x.shape[1], width))
        between = self.between(x + self.dropout(joined))
        encoded: Tensor = self.after(between + self.dropout(self.inner(between)))
        return encoded

    def _split(self, x: Tensor) -> Tensor:
        """[n, m, width] to [n, heads, m, width / heads]."""
        return x.reshape(-1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)
