"""Closed form, labelled: multinomial logistic regression with a Gaussian prior around a prototype, four Newton steps.

The prior's mean is the head that the field devices share. Its covariance has two parts: every parameter on its own, and
the directions in which the field devices' own heads differ from the shared one (empirical Bayes: what devices differ
in, a new one may differ in too).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

import torch
from torch import Tensor

from models.editor.material import Material
from models.editor.problem import Problem
from models.rivals.bench import Bench
from models.rivals.dense_chain import tangent
from models.rivals.edited import Edited
from models.rivals.logistic import posterior_mode
from models.rivals.method import Method
from models.rivals.redrawn import with_redrawn_validation

_WIDTHS: Final = (0.1, 0.3, 1.0)
_SHARED: Final = (0.0, 1.0, 3.0)
_FIELD_WIDTH: Final = 0.1
_UNKNOWNS: Final = 240
_DEVICES: Final = 64


def newton(bench: Bench) -> Edited:
    """All adaptive layers, to first order around the shared head."""
    return _edited(bench, last_only=False)


def newton_last(bench: Bench) -> Edited:
    """The last layer only: the logits are linear in it."""
    return _edited(bench, last_only=True)


def _edited(bench: Bench, *, last_only: bool) -> Edited:
    """The prior and T are chosen on validation; the shared head is row 1 of the table."""
    choosing = with_redrawn_validation(bench)
    name = "the field's prior, last layer" if last_only else "the field's prior"
    prior = bench.once(name, lambda: Prior(bench.problem, bench.field_head, last_only))
    found: dict[tuple[int, float, float], Tensor] = {}

    def heads_for(material: Material, choice: tuple[Tensor, float, float]) -> Tensor:
        clip, width, shared = choice
        key = (id(material), width, shared)
        if key not in found:
            found[key] = prior.edits(material.contexts, material.context_labels, width, shared)
        return prior.mean + torch.clamp(found[key], -clip, clip)

    choice = choosing.best(heads_for, product(bench.clips, _WIDTHS, _SHARED))
    return Edited.around(torch.stack([bench.base, prior.mean]), heads_for(bench.devices, choice), choice[0])


@dataclass(frozen=True, eq=False)
class Prior:
    """A Gaussian around the head `mean` float32 [size]; with `last_only` every other layer is certain."""

    problem: Problem
    mean: Tensor
    last_only: bool = False

    def edits(self, embeddings: Tensor, labels: Tensor, width: float, shared: float = 0.0) -> Tensor:
        """The most probable edits float32 [d, size] for labels int64 [d, n] of embeddings float32 [d, n, E].

        `width` is the variance of every parameter, `shared` the weight of the covariance of the field devices' heads.

        Raises:
            NetworkError: the adaptive layers are not fully connected ones.
        """
        layers = tangent(self.problem.head, embeddings, self.mean.expand(len(embeddings), -1))
        variances = [0.0 if self.last_only else width] * (len(layers.slopes) - 1) + [width]
        directions = self.directions * math.sqrt(shared) if shared else torch.zeros(1, len(self.mean))
        moves = layers.moves(directions)
        weights = posterior_mode(layers.kernel(variances) + moves @ moves.mT, layers.logits, labels)
        along: Tensor = (weights.flatten(1)[:, None] @ moves)[:, 0] @ directions
        return layers.edits(weights, variances) + along

    @cached_property
    def directions(self) -> Tensor:
        """How the heads of u field devices differ from the mean, over the root of u: float32 [u, size]."""
        field = self.problem.field
        classes = int(self.problem.head.layout.tensors[-1].shape[0])
        windows = max(1, _UNKNOWNS // classes)
        own: Tensor = self.edits(field.embeddings[:_DEVICES, :windows], field.labels[:_DEVICES, :windows], _FIELD_WIDTH)
        return own / math.sqrt(len(own))


METHODS: Final = (
    Method(
        "newton",
        newton,
        "logistic regression with a Gaussian prior around the field head, all layers, in four Newton steps",
        labelled=True,
    ),
    Method("newton-last", newton_last, "the same in the last layer only", labelled=True),
)
