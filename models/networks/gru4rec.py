"""GRU4Rec (Hidasi et al., arXiv 1511.06939) with an adaptive user tower behind it.

A GRU reads the window; its last state goes through the tower and becomes the user's vector, which scores an item by the
dot product with its embedding, as SASRec's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from torch import Tensor, nn

from models.networks.ranker import Tower, dot_scores, sampled_loss, tower_head, tower_names

_TABLE_STD: Final = 0.1


class Gru4Rec(nn.Module):
    """The network.

    Args:
        items: items are 1 to `items`.
        length: items of a window.
        width: width of embeddings, states and tower.
        dropout: of the embeddings, in training.
    """

    NAME: Final = "gru4rec"

    def __init__(self, items: int, length: int = 10, width: int = 64, dropout: float = 0.4) -> None:
        super().__init__()
        self._config = {"items": items, "length": length, "width": width, "dropout": dropout}
        self.items, self.length = items, length
        self.embedding = nn.Embedding(items + 1, width)
        nn.init.normal_(self.embedding.weight, std=_TABLE_STD)
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.tower = Tower(width)

    @property
    def name(self) -> str:
        """`gru4rec`."""
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
        """States float32 [n, length, width] after every item of windows int64 [n, length]."""
        states: Tensor = self.gru(self.dropout(self.embedding(windows)))[0]
        return states

    def embed(self, x: Tensor) -> Tensor:
        """The state float32 [n, width] after the last item of windows [n, length]."""
        return self.states(x)[:, -1]

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
