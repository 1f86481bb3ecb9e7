"""The set encoder: a device's recent embeddings, in no order, to one vector (Deep Sets, arXiv 1703.06114)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.editor.labels import with_labels
from models.editor.material import Material


class SetEncoder(nn.Module):
    """A layer over each standardised embedding, their mean, and a layer over that.

    `mean` and `scale` (float32 [E]) standardise the embeddings; they are taken from the training devices once and are
    no parameters. With `classes` each embedding is read together with its label.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, embedding: int, hidden: int, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.register_buffer("mean", torch.zeros(embedding))
        self.register_buffer("scale", torch.ones(embedding))
        self.each = nn.Linear(embedding + classes, hidden)
        self.all = nn.Linear(hidden, hidden)

    def forward(self, context: Tensor, lengths: Tensor | None = None, labels: Tensor | None = None) -> Tensor:
        """Vector float32 [d, hidden] of contexts float32 [d, n, E]; `lengths` int64 [d] of valid windows, default n."""
        steps = context.shape[1]
        held = torch.full((len(context),), steps) if lengths is None else lengths
        seen = with_labels((context - self.mean) * self.scale, labels, self.classes)
        each = torch.relu(self.each(seen)) * (torch.arange(steps) < held[:, None])[..., None]
        return torch.relu(self.all(each.sum(1) / held[:, None].clamp(min=1)))

    def standardise(self, material: Material) -> None:
        """Take mean and scale from the training devices."""
        flat, _ = material.rows
        self.mean.copy_(flat.mean(0))
        self.scale.copy_(1 / (flat.std(0) + 1e-3))
