"""What an editor with a labelled context reads beside the embeddings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def marked(labels: Tensor, classes: int) -> Tensor:
    """One-hot labels float32 [d, n, classes] of labels int64 [d, n]; padding has no class."""
    return F.one_hot(labels.clamp(min=0), classes) * (labels >= 0)[..., None].float()


def with_labels(context: Tensor, labels: Tensor | None, classes: int) -> Tensor:
    """Contexts float32 [d, n, E] with their labels int64 [d, n] beside them, float32 [d, n, E + classes].

    Raises:
        ValueError: an editor that reads labels is given none.
    """
    return torch.cat([context, marked(required(labels), classes)], dim=2) if classes else context


def class_means(context: Tensor, labels: Tensor, expected: Tensor) -> Tensor:
    """How far each class of contexts float32 [d, n, E] lies from where it is `expected` [C, E], float32 [d, C * E].

    The mean of m windows counts m / (m + 1): a class that the context does not show is where it is expected.
    """
    hot = marked(labels, len(expected))
    counts = hot.sum(1)[..., None]
    moved = torch.einsum("dnc,dne->dce", hot, context) - counts * expected
    return (moved / (counts + 1)).flatten(1)


def required(labels: Tensor | None) -> Tensor:
    """The labels of a context, which this editor reads.

    Raises:
        ValueError: there are none.
    """
    if labels is None:
        raise ValueError("this editor reads the labels of the context, and was given none")
    return labels
