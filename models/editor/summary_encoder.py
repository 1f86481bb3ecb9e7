"""The summary encoder: mean and spread of a device's recent embeddings, as the device sends them, to one vector."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from models.editor.material import PADDING, Material

_SPREAD_MOST: Final = 255
_DRAWS: Final = 8


class SummaryEncoder(nn.Module):
    """A layer over the standardised mean and spread of each dimension.

    In training it makes them of the embeddings with the rounding of docs/protocol.md (SUMMARY): means in whole steps of
    the int8 embedding, spreads in halves of a step. `step` is that step in real numbers. `mean` and `scale`
    (float32 [2E]) standardise them; they are taken from the training devices once and are no parameters.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, embedding: int, hidden: int) -> None:
        super().__init__()
        self.step = 1.0
        self.register_buffer("mean", torch.zeros(2 * embedding))
        self.register_buffer("scale", torch.ones(2 * embedding))
        self.layer = nn.Linear(2 * embedding, hidden)

    def forward(self, context: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Vector float32 [d, hidden] of contexts float32 [d, n, E]; `lengths` int64 [d] of valid steps, default n."""
        features = summary_features(context, self.step, lengths)
        return torch.relu(self.layer((features - self.mean) * self.scale))

    def standardise(self, material: Material) -> None:
        """Take the step, the mean and the scale from the training devices, over random contexts of each of them."""
        self.step = material.step
        features = torch.cat([self._features(material) for _ in range(_DRAWS)])
        self.mean.copy_(features.mean(0))
        self.scale.copy_(1 / (features.std(0) + 1e-3))

    def _features(self, material: Material) -> Tensor:
        """Of a random context of each device, float32 [d, 2E]."""
        places = torch.rand(material.labels.shape).masked_fill(material.labels == PADDING, 2.0).argsort(1)
        index = places[:, : material.context, None].expand(-1, -1, material.embeddings.shape[2])
        return summary_features(material.embeddings.gather(1, index), self.step, material.context_lengths)


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
