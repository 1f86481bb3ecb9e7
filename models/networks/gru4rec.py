"""GRU4Rec (Hidasi et al., arXiv 1511.06939) with an adaptive user tower behind it.

A GRU reads the window; its last state goes through the tower and becomes the user's vector, which scores an item by the
dot product with its embedding, as SASRec's does.
"""

from __future__ import annotations

from typing import ClassVar, Final

from torch import Tensor, nn

from models.networks.user_tower import Tower, TowerRanker

_TABLE_STD: Final = 0.1


class Gru4Rec(TowerRanker):
    """The network.

    Args:
        items: items are 1 to `items`.
        length: items of a window.
        width: width of embeddings, states and tower.
        dropout: of the embeddings, in training.
    """

    NAME: ClassVar = "gru4rec"

    def __init__(self, items: int, length: int = 10, width: int = 64, dropout: float = 0.4) -> None:
        super().__init__()
        self._config = {"items": items, "length": length, "width": width, "dropout": dropout}
        self.items, self.length = items, length
        self.embedding = nn.Embedding(items + 1, width)
        nn.init.normal_(self.embedding.weight, std=_TABLE_STD)
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.tower = Tower(width)

    def states(self, windows: Tensor) -> Tensor:
        """States float32 [n, length, width] after every item of windows int64 [n, length]."""
        states: Tensor = self.gru(self.dropout(self.embedding(windows)))[0]
        return states

    def embed(self, x: Tensor) -> Tensor:
        """The state float32 [n, width] after the last item of windows [n, length]."""
        return self.states(x)[:, -1]
