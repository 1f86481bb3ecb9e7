"""Closed form, labelled: a ridge regression of the last layer towards the labels, pulled back to the factory's."""

from __future__ import annotations

from itertools import product
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.material import PADDING, Material
from models.networks.flat_head import FlatHead
from models.rivals.bench import Bench
from models.rivals.dense_chain import tangent
from models.rivals.edited import Edited
from models.rivals.linear_systems import solve
from models.rivals.method import Method
from models.rivals.redrawn import with_redrawn_validation

_PULLS: Final = (1.0, 3.0, 10.0, 30.0, 100.0)
_MARGINS: Final = (2.0, 4.0, 8.0)


def ridge(bench: Bench) -> Edited:
    """Around the factory head; how strongly it is pulled back, how far classes shall lie apart, and T: validation."""
    choosing = with_redrawn_validation(bench)

    def heads_for(material: Material, choice: tuple[Tensor, float, float]) -> Tensor:
        clip, pull, margin = choice
        edits = ridge_edits(
            bench.problem.head, bench.base, material.contexts, material.context_labels, pull=pull, margin=margin
        )
        return bench.base + torch.clamp(edits, -clip, clip)

    choice = choosing.best(heads_for, product(bench.clips, _PULLS, _MARGINS))
    return Edited.around(bench.base, heads_for(bench.devices, choice), choice[0])


def ridge_edits(  # noqa: PLR0913  # two arrays, a start, and two figures
    head: FlatHead, base: Tensor, embeddings: Tensor, labels: Tensor, *, pull: float, margin: float
) -> Tensor:
    """The last layer's edits dW that are smallest in |logits - targets|^2 + pull |dW|^2, float32 [d, size].

    Windows are embeddings float32 [d, n, E] with labels int64 [d, n], `base` float32 [size] is what is edited; the
    targets of a window are `margin` * (one-hot - 1 / C). Solved in as many dimensions as there are windows.

    Raises:
        NetworkError: the adaptive layers are not fully connected ones.
    """
    layers = tangent(head, embeddings, base.expand(len(embeddings), -1))
    classes, x = layers.logits.shape[2], layers.inputs[-1]
    real = (labels != PADDING)[..., None]
    missing = (margin * (F.one_hot(labels.clamp(min=0), classes) - 1 / classes) - layers.logits) * real
    x = x * real
    weights = solve(x @ x.mT + pull * torch.eye(x.shape[1]), missing)
    return layers.edits(weights, [0.0] * (len(layers.slopes) - 1) + [1.0])


METHODS: Final = (Method("ridge", ridge, "ridge regression of the last layer on the labelled context", labelled=True),)
