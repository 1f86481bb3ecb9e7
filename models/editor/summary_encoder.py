"""The summary encoder: mean and spread of a device's recent embeddings, as the device sends them, to one vector."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from models.editor.labels import class_means, marked, required
from models.editor.material import PADDING, Material

_SPREAD_MOST: Final = 255
_DRAWS: Final = 8


class SummaryEncoder(nn.Module):
    """A layer over the standardised mean and spread of each dimension.

    In training it makes them of the embeddings with the rounding of docs/protocol.md (SUMMARY): means in whole steps of
    the int8 embedding, spreads in halves of a step. `step` is that step in real numbers. `mean` and `scale`
    (float32 [2E]) standardise them; they are taken from the training devices once and are no parameters.

    With `classes` it also reads how far the mean of each class lies from `expected` (float32 [classes, E]), where it
    lies on the training devices; `mean` and `scale` are then longer by classes * E.
    """

    mean: Tensor
    scale: Tensor
    expected: Tensor

    def __init__(self, embedding: int, hidden: int, classes: int = 0) -> None:
        super().__init__()
        self.step = 1.0
        self.classes = classes
        reads = (2 + classes) * embedding
        self.register_buffer("mean", torch.zeros(reads))
        self.register_buffer("scale", torch.ones(reads))
        if classes:
            self.register_buffer("expected", torch.zeros(classes, embedding))
        self.layer = nn.Linear(reads, hidden)

    def forward(self, context: Tensor, lengths: Tensor | None = None, labels: Tensor | None = None) -> Tensor:
        """Vector float32 [d, hidden] of contexts float32 [d, n, E]; `lengths` int64 [d] of valid steps, default n."""
        return torch.relu(self.layer((self._features(context, lengths, labels) - self.mean) * self.scale))

    def standardise(self, material: Material) -> None:
        """Take the step, the mean and the scale from the training devices, over random contexts of each of them."""
        self.step = material.step
        if self.classes:
            embeddings, labels = material.rows
            hot = marked(labels[None], self.classes)[0]
            self.expected.copy_(hot.T @ embeddings / hot.sum(0)[:, None].clamp(min=1))
        features = torch.cat([self._drawn(material) for _ in range(_DRAWS)])
        self.mean.copy_(features.mean(0))
        self.scale.copy_(1 / (features.std(0) + 1e-3))

    def _drawn(self, material: Material) -> Tensor:
        """The features of a random context of each device."""
        order = torch.randperm(material.labels.shape[1])
        places = order[(material.labels[:, order] == PADDING).byte().argsort(dim=1, stable=True)]  # padding last
        index = places[:, : material.context]
        context = material.embeddings.gather(1, index[..., None].expand(-1, -1, material.embeddings.shape[2]))
        return self._features(context, material.context_lengths, material.labels.gather(1, index))

    def _features(self, context: Tensor, lengths: Tensor | None, labels: Tensor | None) -> Tensor:
        """Float32 [d, (2 + classes) * E]."""
        features = summary_features(context, self.step, lengths)
        if not self.classes:
            return features
        return torch.cat([features, class_means(context, required(labels), self.expected)], dim=1)


def summary_features(context: Tensor, step: float, lengths: Tensor | None = None) -> Tensor:
    """Mean and spread of contexts float32 [d, n, E], as a device sends them and a host reads them, float32 [d, 2E]."""
    count, steps = len(context), torch.round(context.double() / step)
    held = torch.full((count,), context.shape[1]) if lengths is None else lengths
    steps = steps * (torch.arange(context.shape[1]) < held[:, None])[..., None]
    n = held[:, None].double().clamp(min=1)
    total, squares = steps.sum(1), steps.square().sum(1)
    mean = torch.floor((total + torch.floor(n / 2)) / n)
    # Whole numbers below 2^53 divided once and rounded down: as exact as the device's.
    variance = torch.floor(4 * (squares * n - total * total) / (n * n))
    spread = torch.floor(torch.sqrt(variance)).clamp(max=_SPREAD_MOST)
    return torch.cat([mean * step, spread * (step / 2)], dim=1).float()
