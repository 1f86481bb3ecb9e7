"""The adaptive layers of many devices at once, each with parameters of its own given as one flat vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from toolchain.layout import Layout

IGNORED: Final = -100
"""Label of what only fills up the windows of a device: it counts neither in a loss nor in an accuracy."""


class HasHead(Protocol):
    """The part of a `Network` that a `FlatHead` needs."""

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """As `Network.head`."""
        ...


class FlatHead:
    """Runs `network.head` for d devices side by side.

    The head is written for one device; `torch.func.vmap` gives it the leading device axis, whatever it computes.
    """

    def __init__(self, network: HasHead, layout: Layout) -> None:
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
        """Accuracy of every device over its real windows, float32 [d], for labels int64 [d, n]; 0 where it has none."""
        with torch.no_grad():
            hits = self.logits(embeddings, flat).argmax(-1) == labels
        return hits.sum(1) / _real(labels)

    def losses(self, embeddings: Tensor, labels: Tensor, flat: Tensor) -> Tensor:
        """Mean cross entropy of every device over its real windows, float32 [d]; 0 where it has none."""
        logits = self.logits(embeddings, flat)
        each = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
        return each.reshape(labels.shape).sum(1) / _real(labels)


def _real(labels: Tensor) -> Tensor:
    """How many windows are real, at least 1, int64 [d]."""
    return (labels != IGNORED).sum(1).clamp(min=1)
