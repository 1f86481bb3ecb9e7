"""What has to be personalised: a frozen network, its factory head, and the devices that may be learned from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from models.editor.material import Material
from models.networks.flat_head import FlatHead
from models.networks.network import Clip, Network, adaptive_values, layout_of
from toolchain.layout import Layout


@dataclass(frozen=True)
class Problem:
    """Editors and prototypes are trained on `field`; every choice is made on `validation`."""

    network: Network
    field: Material
    validation: Material

    def layout(self, clip: Clip) -> Layout:
        """The adaptive buffer with clip T, one for all tensors or one for each."""
        return layout_of(self.network, clip)

    @cached_property
    def head(self) -> FlatHead:
        """The adaptive layers; they do not depend on T."""
        return FlatHead(self.network, self.layout(1.0))

    @cached_property
    def base(self) -> Tensor:
        """The factory head, float32 [size]."""
        return torch.from_numpy(self.layout(1.0).flatten(adaptive_values(self.network)))

    @property
    def embedding(self) -> int:
        """Width E of the embedding."""
        return int(self.field.embeddings.shape[2])

    @cached_property
    def classes(self) -> int:
        """Width of the output."""
        return int(self.head.logits(torch.zeros(1, 1, self.embedding), self.base[None]).shape[2])
