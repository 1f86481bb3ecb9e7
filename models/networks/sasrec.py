"""SASRec (Kang and McAuley, arXiv 1808.09781) with an adaptive user tower behind it.

One self-attention layer over the window's items; the state after the last item goes through the tower and becomes the
user's vector, which scores an item by the dot product with its embedding. The device computes the state of the last
item only: one query instead of `length`. It sends the user's vector; scores are taken where the candidates are, with
the int8 table that both sides have.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.user_tower import Tower, TowerRanker

_TABLE_STD: Final = 0.02


class SasRec(TowerRanker):
    """The network.

    Args:
        items: items are 1 to `items`.
        length: items of a window.
        width: width of embeddings, states and tower.
        heads: attention heads, a divisor of `width`.
        inner: width of the feed-forward layer.
        dropout: in training.
    """

    NAME: ClassVar = "sasrec"

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

    def states(self, windows: Tensor) -> Tensor:
        """States float32 [n, length, width] after every item of windows int64 [n, length], for training."""
        x = self._embedded(windows)
        future = torch.full((self.length, self.length), -torch.inf).triu(1)
        return self._encoded(x, x, future)

    def embed(self, x: Tensor) -> Tensor:
        """The state float32 [n, width] after the last item of windows [n, length]."""
        embedded = self._embedded(x)
        return self._encoded(embedded[:, -1:], embedded, None)[:, 0]

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
