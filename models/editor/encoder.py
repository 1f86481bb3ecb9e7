"""The sequence encoder: a device's recent embeddings to one summary vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.editor.labels import with_labels
from models.editor.material import Material


class SequenceEncoder(nn.Module):
    """A GRU over standardised embeddings; its state after the last valid step is the summary h.

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
        self.gru = nn.GRU(embedding + classes, hidden, batch_first=True)

    def forward(self, context: Tensor, lengths: Tensor | None = None, labels: Tensor | None = None) -> Tensor:
        """Summary float32 [d, hidden] of contexts float32 [d, n, E]; `lengths` int64 [d] of valid steps, default n."""
        states, last = self.gru(with_labels((context - self.mean) * self.scale, labels, self.classes))
        if lengths is None:
            summary: Tensor = last[0]
            return summary
        picked: Tensor = states[torch.arange(len(states)), (lengths - 1).clamp(min=0)]
        return picked

    def standardise(self, material: Material) -> None:
        """Take mean and scale from the training devices."""
        flat, _ = material.rows
        self.mean.copy_(flat.mean(0))
        self.scale.copy_(1 / (flat.std(0) + 1e-3))
