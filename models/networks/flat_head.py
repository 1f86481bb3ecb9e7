"""The adaptive layers of many devices at once, each with parameters of its own given as one flat vector."""

from __future__ import annotations

import torch
from torch import Tensor

from models.networks.network import Network
from toolchain.layout import Layout


class FlatHead:
    """Runs `network.head` for d devices side by side.

    The head is written for one device; `torch.func.vmap` gives it the leading device axis, whatever it computes.
    """

    def __init__(self, network: Network, layout: Layout) -> None:
        self.layout = layout
        self._head = torch.func.vmap(network.head)

    def named(self, flat: Tensor) -> dict[str, Tensor]:
        """Views of flat parameters [..., size] by name, each [..., *shape]."""
        return {t.name: flat[..., t.span].reshape(*flat.shape[:-1], *t.shape) for t in self.layout.tensors}

    def logits(self, embeddings: Tensor, flat: Tensor) -> Tensor:
        """Logits [d, n, classes] of embeddings [d, n, E] with parameters [d, size]."""
        logits: Tensor = self._head(embeddings, self.named(flat))
        return logits

    def accuracy(self, embeddings: Tensor, labels: Tensor, flat: Tensor) -> Tensor:
        """Accuracy of every device, float32 [d], for labels int64 [d, n]."""
        with torch.no_grad():
            hits = self.logits(embeddings, flat).argmax(-1) == labels
        return hits.float().mean(1)
