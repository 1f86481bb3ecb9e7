"""The adaptive layers of a bundle in torch, from the layout alone: fully connected layers with a ReLU between them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import torch.nn.functional as F
from torch import Tensor

from models.errors import RecompileError
from models.networks.flat_head import FlatHead
from toolchain.layout import Layout

_MATRIX: Final = 2


class DenseChain:
    """Weight and bias of each layer in turn, as the layout names them."""

    def __init__(self, layout: Layout) -> None:
        self._pairs = list(zip(layout.tensors[::2], layout.tensors[1::2], strict=False))

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """Logits float32 [n, C] of embeddings float32 [n, E]."""
        value = embedding
        for place, (weight, bias) in enumerate(self._pairs):
            value = F.linear(value, parameters[weight.name], parameters[bias.name])
            if place < len(self._pairs) - 1:
                value = F.relu(value)
        return value


def dense_head(layout: Layout) -> FlatHead:
    """The adaptive layers that `layout` describes. Whether a device computes the same is `OpenedBase.head`'s question.

    Raises:
        RecompileError: its tensors are no weights and biases that follow one another.
    """
    tensors = layout.tensors
    pairs = list(zip(tensors[::2], tensors[1::2], strict=False))
    fits = bool(pairs) and len(tensors) % 2 == 0
    fits = fits and all(len(w.shape) == _MATRIX and b.shape == w.shape[:1] for w, b in pairs)
    fits = fits and all(a.shape[0] == b.shape[1] for (a, _), (b, _) in pairwise(pairs))
    if not fits:
        raise no_dense_head(", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in tensors))
    return FlatHead(DenseChain(layout), layout)


def no_dense_head(received: str) -> RecompileError:
    """This method does not know such adaptive layers."""
    return RecompileError(
        "this method does not know the adaptive layers of the base",
        expected="fully connected layers, weight then bias, a ReLU between two of them, scores out",
        received=received,
        remedy="use --method editor, or a base whose adaptive layers are of this kind",
    )
