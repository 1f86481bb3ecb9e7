"""A prototype that learns under an edit in closed form: each device's mean embedding is moved towards the mean device.

Too few devices to learn a hypernetwork from may still be enough for a head. It learns what it will meet: windows behind
the first adaptive layer whose bias already holds the device's own alignment.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.editor.material import Material
from models.networks.flat_head import FlatHead


class AlignedHead(nn.Module):
    """The step from the factory head to the prototype, and the alignment of a device.

    `own` float32 [size] is learned, from 0; a norm penalty on what `forward` gives therefore holds the prototype near
    the factory head (Lemma 1). The first two tensors of the layout are the first layer's weight [o, E] and bias [o].

    Args:
        head: the adaptive layers.
        base: the factory head, float32 [size].
        material: the devices whose mean is the mean device.
        strength: how far a device is moved, 0 (not at all) to 1 (all the way).
    """

    def __init__(self, head: FlatHead, base: Tensor, material: Material, strength: float) -> None:
        super().__init__()
        self.head = head
        self.base = base
        self.strength = strength
        self.centre = (material.embeddings.sum(1) / material.lengths[:, None]).mean(0)
        self.own = nn.Parameter(torch.zeros_like(base))

    def shift(self, context: Tensor, lengths: Tensor) -> Tensor:
        """The edit alone, float32 [d, size], of contexts float32 [d, n, E] padded with 0; `lengths` int64 [d]."""
        weight, bias = self.head.layout.tensors[:2]
        away = context.sum(1) / lengths.clamp(min=1)[:, None] - self.centre
        matrix = (self.base + self.own)[weight.span].reshape(weight.shape)
        before = torch.zeros(len(away), bias.offset)
        after = torch.zeros(len(away), len(self.base) - bias.offset - bias.size)
        return torch.cat([before, -self.strength * away @ matrix.T, after], dim=1)

    def forward(self, context: Tensor, lengths: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Prototype and edit as one step from the factory head, float32 [d, size]."""
        return self.own + self.shift(context, lengths)
