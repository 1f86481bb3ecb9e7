"""DIN (Zhou et al., arXiv 1706.06978): attention from a candidate to the user's items, then an adaptive MLP.

The candidate is the last number of an input, so that one lookup serves both. For each candidate a device runs once and
gives one score. Numbers 0 are looked up as rows of zeros, which add nothing to the interest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_TABLE_STD: Final = 0.1
_LAYERS: Final = ("first", "second", "last")


class Din(nn.Module):
    """The network.

    Args:
        items: items are 1 to `items`.
        length: items of a window.
        width: width of the item embeddings; with 32 the adaptive MLP is the paper's, 64-128-64-1.
        unit: hidden width of the attention's activation unit.
        hidden: hidden widths of the adaptive MLP.
        dropout: of the embeddings, in training.
    """

    NAME: Final = "din"

    def __init__(  # noqa: PLR0913, PLR0917  # so many sizes
        self,
        items: int,
        length: int = 10,
        width: int = 32,
        unit: int = 16,
        hidden: tuple[int, int] = (128, 64),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self._config = {
            "items": items,
            "length": length,
            "width": width,
            "unit": unit,
            "hidden": list(hidden),
            "dropout": dropout,
        }
        self.items, self.length = items, length
        self.embedding = nn.Embedding(items + 1, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight[1:], std=_TABLE_STD)
        self.unit = nn.Sequential(nn.Linear(3 * width, unit), nn.ReLU(), nn.Linear(unit, 1))
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(2 * width, hidden[0])
        self.second = nn.Linear(hidden[0], hidden[1])
        self.last = nn.Linear(hidden[1], 1)

    @property
    def name(self) -> str:
        """`din`."""
        return self.NAME

    @property
    def adaptive(self) -> tuple[str, ...]:
        """Weights and biases of the MLP."""
        return tuple(f"{layer}.{part}" for layer in _LAYERS for part in ("weight", "bias"))

    @property
    def embedding_size(self) -> int:
        """Width of an interest and a candidate."""
        return self.first.in_features

    @property
    def input_shape(self) -> tuple[int, ...]:
        """A window and a candidate behind it."""
        return (self.length + 1,)

    @property
    def table(self) -> Tensor:
        """Item embeddings float32 [1 + items, width]."""
        return self.embedding.weight

    def config(self) -> dict[str, Any]:
        """Arguments that make the same network again."""
        return dict(self._config)

    def embed(self, x: Tensor) -> Tensor:
        """Interest and candidate, float32 [n, 2 * width], of inputs [n, length + 1]."""
        embedded = self.dropout(self.embedding(x))
        past, candidate = embedded[:, :-1], embedded[:, -1:]
        spread = candidate.expand(-1, past.shape[1], -1)
        weights = self.unit(torch.cat([past, spread, past * spread], dim=2))
        interest = (weights.transpose(1, 2) @ past)[:, 0]
        return torch.cat([interest, candidate[:, 0]], dim=1)

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """Scores [..., 1] of embeddings [..., 2 * width] with the given MLP."""
        x = embedding
        for layer in _LAYERS[:-1]:
            x = torch.tanh(F.linear(x, parameters[f"{layer}.weight"], parameters[f"{layer}.bias"]))
        return F.linear(x, parameters["last.weight"], parameters["last.bias"])

    def forward(self, x: Tensor) -> Tensor:
        """Scores float32 [n, 1] of inputs [n, length + 1] with the network's own MLP."""
        score: Tensor = self.last(torch.tanh(self.second(torch.tanh(self.first(self.embed(x))))))
        return score

    def features(self, windows: Tensor, candidates: Tensor) -> Tensor:
        """Interest and candidate [n, c, 2 * width]."""
        count, most = candidates.shape
        pairs = torch.cat([windows[:, None].expand(-1, most, -1), candidates[..., None]], dim=2)
        return self.embed(pairs.flatten(0, 1)).reshape(count, most, -1)

    def scores(self, outputs: Tensor, vectors: Tensor) -> Tensor:  # noqa: ARG002  # the score is the output
        """What the MLP gave for each candidate, [..., c]."""
        return outputs[..., 0]

    def loss(self, windows: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """See `Ranker.loss`; one position of every window is learned from, drawn at random."""
        real = (windows > 0) & (targets > 0)
        windows, targets, real = windows[real.any(1)], targets[real.any(1)], real[real.any(1)]
        chosen = torch.multinomial(real.float(), 1)
        right = targets.gather(1, chosen)
        wrong = negatives.expand(len(windows), -1)
        features = self.features(cut(windows, chosen), torch.cat([right, wrong], 1))
        logits = self.last(torch.tanh(self.second(torch.tanh(self.first(features)))))[..., 0]
        same = F.pad(wrong == right, (1, 0))
        return F.cross_entropy(logits.masked_fill(same, -torch.inf), torch.zeros(len(logits), dtype=torch.long))


def cut(windows: Tensor, last: Tensor) -> Tensor:
    """Windows [n, length] that end at position `last` [n, 1], filled with 0 in front."""
    length = windows.shape[1]
    source = torch.arange(length) - (length - 1 - last)
    return torch.where(source >= 0, windows.gather(1, source.clamp(min=0)), 0)
