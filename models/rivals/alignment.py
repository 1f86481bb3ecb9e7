"""Closed form, unlabelled: the moments of a device's embeddings are moved towards those of the factory devices."""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.material import Material
from models.rivals.bench import Bench, everywhere
from models.rivals.dense_chain import first_layer
from models.rivals.edited import Edited
from models.rivals.method import Method
from models.rivals.redrawn import with_redrawn_validation

_SHIFTS: Final = (0.0, 0.1, 0.25, 0.5, 0.75)
_SCALES: Final = (0.0, 0.25, 0.5)
_PRIOR_WINDOWS: Final = 10
_RATIOS: Final = (0.25, 4.0)


class Strength(NamedTuple):
    """How far the mean and the spread are moved (1: all the way), and whether the reference has the device's classes.

    A context that holds other activities than the factory's has other moments without any shift; `balanced` moves it
    towards factory windows mixed as the factory head thinks that the context's classes are.
    """

    shift: float
    scale: float
    balanced: bool


def alignment(bench: Bench) -> Edited:
    """Around the factory head."""
    return _edited(bench, bench.base[None])


def field_alignment(bench: Bench) -> Edited:
    """Around the head that the field devices share."""
    return _edited(bench, torch.stack([bench.base, bench.field_head]))


def _edited(bench: Bench, table: Tensor) -> Edited:
    """Around the last row of `table`; strength and T are chosen on validation."""
    choosing, start = with_redrawn_validation(bench), table[-1]
    strengths = [Strength(*each) for each in product(_SHIFTS, _SCALES, (False, True))]

    def heads_for(material: Material, choice: tuple[Tensor, Strength]) -> Tensor:
        clip, strength = choice
        return start + torch.clamp(aligned(bench, material, start, strength) - start, -clip, clip)

    choice = choosing.best(heads_for, product(bench.clips, strengths))
    return Edited.around(table, heads_for(bench.devices, choice), choice[0])


def aligned(bench: Bench, material: Material, start: Tensor, strength: Strength) -> Tensor:
    """Heads float32 [d, size]: x -> scale * x + offset, folded into the first adaptive layer of `start` [size]."""
    mean, spread = _moments(material)
    goal, goal_spread = _reference(bench, material, balanced=strength.balanced)
    held, prior = material.context_lengths[:, None], _PRIOR_WINDOWS
    steadied = ((held * spread**2 + prior * goal_spread**2) / (held + prior)).sqrt()
    ratio = ((goal_spread + 1e-3) / (steadied + 1e-3)).clamp(*_RATIOS)
    scale = ratio**strength.scale
    offset = mean + strength.shift * (goal - mean) - scale * mean
    return _folded(bench, start, scale, offset)


def _moments(material: Material) -> tuple[Tensor, Tensor]:
    """Mean and spread of every context over its real windows, float32 [d, E] each."""
    x, held = material.contexts, material.context_lengths[:, None, None]
    weights = (torch.arange(x.shape[1])[:, None] < held) / held
    mean = (weights * x).sum(1)
    return mean, (weights * (x - mean[:, None]).square()).sum(1).sqrt()


def _reference(bench: Bench, material: Material, *, balanced: bool) -> tuple[Tensor, Tensor]:
    """Mean and spread of the factory's windows, mixed as the factory mixes its classes or as each context seems to."""
    rows, labels = bench.factory.rows
    mixture = _mixture(bench, material)
    truth = F.one_hot(labels, mixture.shape[1]).to(rows.dtype)
    counts = truth.sum(0)
    if not balanced:
        mixture = (counts / counts.sum()).expand_as(mixture)
    mixture = mixture * (counts > 0)
    mixture = mixture / mixture.sum(1, keepdim=True)
    share = (truth / counts.clamp(min=1)).T
    mean = mixture @ (share @ rows)
    return mean, (mixture @ (share @ rows.square()) - mean.square()).clamp(min=0).sqrt()


def _mixture(bench: Bench, material: Material) -> Tensor:
    """The mean probability of each class that the factory head sees in the contexts, float32 [d, C]."""
    p = torch.softmax(bench.problem.head.logits(material.contexts, everywhere(bench.base, material)), dim=-1)
    held = material.context_lengths[:, None, None]
    return (p * (torch.arange(p.shape[1])[:, None] < held)).sum(1) / held[:, 0]


def _folded(bench: Bench, start: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """`start` with x -> scale * x + offset, float32 [d, E] each, in front of it."""
    named = bench.problem.head.named(start.expand(len(scale), -1))
    weight, bias = (tensor.name for tensor in first_layer(bench.problem.head))
    moved = dict(named)
    moved[bias] = named[bias] + torch.einsum("doe,de->do", named[weight], offset)
    moved[weight] = named[weight] * scale[:, None]
    return torch.cat([moved[tensor.name].flatten(1) for tensor in bench.problem.head.layout.tensors], dim=1)


METHODS: Final = (
    Method("alignment", alignment, "the embedding's moments moved to the factory's, in closed form"),
    Method("field-alignment", field_alignment, "the same around the field head"),
)
