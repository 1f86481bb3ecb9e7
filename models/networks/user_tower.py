"""Networks that turn a window of items into a vector of the user: an adaptive tower behind the last state.

The vector scores an item by the dot product with its embedding. A device sends it; scores are taken where the
candidates are, with the int8 table that both sides have.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.ranker import sampled_loss

_LINEAR_ZONE: Final = 0.25


class Tower(nn.Module):
    """The user tower: two adaptive layers `first` and `second` with tanh between them, near the identity at first.

    Near 0 tanh is linear: the first layer starts as a quarter of the identity and the second as four times the
    identity, so that a fresh tower neither saturates nor has to be learned before anything behind it can be.
    """

    NAMES: Final = ("first.weight", "first.bias", "second.weight", "second.bias")

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        with torch.no_grad():
            for layer, gain in ((self.first, _LINEAR_ZONE), (self.second, 1 / _LINEAR_ZONE)):
                layer.weight.copy_(gain * torch.eye(width))
                layer.bias.zero_()

    def forward(self, state: Tensor) -> Tensor:
        """User vectors [..., width] of states [..., width]."""
        vector: Tensor = self.second(torch.tanh(self.first(state)))
        return vector


class TowerRanker(nn.Module, ABC):
    """A `Ranker` with a tower; who derives from it makes the states, and sets `NAME` and what is declared below."""

    NAME: ClassVar[str]

    items: int
    length: int
    embedding: nn.Embedding
    tower: Tower
    _config: dict[str, Any]

    @abstractmethod
    def states(self, windows: Tensor) -> Tensor:
        """States float32 [n, length, width] after every item of windows int64 [n, length], for training."""

    @abstractmethod
    def embed(self, x: Tensor) -> Tensor:
        """The state float32 [n, width] after the last item of windows [n, length]."""

    @property
    def name(self) -> str:
        """The name in the registry."""
        return self.NAME

    @property
    def adaptive(self) -> tuple[str, ...]:
        """Weights and biases of the tower's two layers."""
        return tuple(f"tower.{name}" for name in Tower.NAMES)

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

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """User vectors [..., width] of states [..., width] with the given tower."""
        first, first_bias, second, second_bias = (parameters[name] for name in self.adaptive)
        return F.linear(torch.tanh(F.linear(embedding, first, first_bias)), second, second_bias)

    def forward(self, x: Tensor) -> Tensor:
        """User vectors float32 [n, width] of windows [n, length] with the network's own tower."""
        vector: Tensor = self.tower(self.embed(x))
        return vector

    def features(self, windows: Tensor, candidates: Tensor) -> Tensor:  # noqa: ARG002  # one vector for all candidates
        """States [n, 1, width]."""
        return self.embed(windows)[:, None]

    def scores(self, outputs: Tensor, vectors: Tensor) -> Tensor:  # the protocol's shape
        """Dot products [..., c] of user vectors [..., 1, width] and candidates [..., c, width]."""
        return (vectors * outputs).sum(-1)

    def loss(self, windows: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """See `Ranker.loss`; every position of a window is learned from."""
        real = (windows > 0) & (targets > 0)
        return sampled_loss(self.tower(self.states(windows)[real]), targets[real], negatives, self.table)
