"""Unlabelled, for fleets with few field devices: one prototype, learned under the alignment that edits each device."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Final

import torch
from torch import Tensor

from models.editor.aligned_head import AlignedHead
from models.editor.fit import Lesson, Plan, fit_editors
from models.editor.material import Material
from models.reproducible import reproducible
from models.rivals.bench import Bench, nobody
from models.rivals.edited import Edited
from models.rivals.method import Method

_STRENGTHS: Final = (0.25, 0.5)
_ANCHOR: Final = 0.1
"""Weight of the squared distance from the factory head, summed over its floats."""

_PLAN: Final = Plan(steps=200, rate=1e-2, targets=32, noise=0.2, dropout=0.2, smoothing=0.1)


def aligned_prototype(bench: Bench) -> Edited:
    """The prototype and each device's alignment within T; strength and T are chosen on validation."""
    return _chosen(bench, _STRENGTHS)


def anchored_prototype(bench: Bench) -> Edited:
    """The control: the same prototype, learned without alignment; no device has an edit of its own."""
    return _chosen(bench, (0.0,))


def _chosen(bench: Bench, strengths: tuple[float, ...]) -> Edited:
    learned = {strength: _learned(bench, strength) for strength in strengths}

    def heads_for(material: Material, choice: tuple[float, Tensor]) -> Tensor:
        return _edited(learned[choice[0]], material, choice[1]).heads

    strength, clip = bench.best(heads_for, product(strengths, bench.clips))
    return _edited(learned[strength], bench.devices, clip)


def _learned(bench: Bench, strength: float) -> AlignedHead:
    """Trained on the field devices, held near the factory head."""
    problem = bench.problem
    aligned = AlignedHead(problem.head, bench.base, problem.field, strength)
    lesson = Lesson(problem.head, bench.base, problem.field, torch.ones(problem.field.devices))
    with reproducible(bench.seed):
        fit_editors([(aligned, lesson)], _plan(len(bench.base)), nobody)
    return aligned


def _plan(size: int) -> Plan:
    """The budget; a norm penalty is the mean over `size` floats, the anchor their sum."""
    return replace(_PLAN, norm_penalty=_ANCHOR * size)


@torch.no_grad()
def _edited(aligned: AlignedHead, material: Material, clip: Tensor) -> Edited:
    table = torch.stack([aligned.base, aligned.base + aligned.own])
    deltas = torch.clamp(aligned.shift(material.contexts, material.context_lengths), -clip, clip)
    return Edited(table, torch.ones(material.devices, dtype=torch.int64), deltas, clip)


METHODS: Final = (
    Method("anchored-prototype", anchored_prototype, "one head for all, learned on the field devices; no edit"),
    Method(
        "aligned-prototype", aligned_prototype, "the same, learned under the alignment of each device that edits it"
    ),
)
