"""Steps (2) to (5) of Persona: an editor, its codes, groups of them, and for each group a prototype with an editor.

The shared layers are frozen throughout: everything here sees embeddings only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.editor.fit import Lesson, Plan, Step, fit_editor, fit_head, standardise
from models.editor.groups import assign, cluster, members
from models.editor.material import Material
from models.editor.parameter_editor import ParameterEditor
from models.editor.problem import Problem
from models.editor.spec import EditorSpec
from toolchain.layout import Layout

Stage = Callable[[str], Step]
"""Names a stage and gives back who is told of its steps."""

_EDITOR = Plan(steps=200, rate=1e-2, norm_penalty=1.0)
_HEAD = Plan(steps=150)
_GROUP = Plan(steps=200, rate=5e-3, norm_penalty=1.0)


@dataclass(frozen=True)
class PersonaPlan:
    """The budget and the choices of Persona's training.

    `clips` are the candidates for T; `tolerance` is how much validation accuracy a smaller T may cost; `minimum` is the
    least number of devices that a prototype is made from; `outside` is the weight of a device of another group while a
    group's editor is trained, so that it knows what a device looks like that is not its own (Eq. 12 compares editors
    outside their groups).
    """

    clips: tuple[float, ...] = (0.25, 0.5, 1.0)
    tolerance: float = 0.01
    prototypes: int = 3
    minimum: int = 8
    outside: float = 0.5
    editor: Plan = _EDITOR
    head: Plan = _HEAD
    group: Plan = _GROUP

    @property
    def steps(self) -> int:
        """Optimiser steps in all: the budget that the control is given."""
        return len(self.clips) * self.editor.steps + self.prototypes * (self.head.steps + self.group.steps)


@dataclass(frozen=True)
class Persona:
    """What came out: T, prototype heads [N_M, size], an editor for each, and the validation accuracy of every T."""

    layout: Layout
    prototypes: Tensor
    editors: tuple[ParameterEditor, ...]
    sweep: dict[float, float]
    groups: npt.NDArray[np.bool_]

    def edits(self, contexts: Tensor) -> npt.NDArray[np.float32]:
        """Clipped edits of every prototype, float32 [d, N_M, size]."""
        with torch.no_grad():
            return np.stack([editor(contexts).numpy() for editor in self.editors], axis=1)

    def heads(self, contexts: Tensor) -> tuple[npt.NDArray[np.int64], Tensor]:
        """Eq. 12 choice int64 [d], from 0, and the edited heads float32 [d, size]."""
        edits = self.edits(contexts)
        chosen = assign(edits)
        return chosen, self.prototypes[chosen] + torch.from_numpy(edits[np.arange(len(chosen)), chosen])


def fit_persona(problem: Problem, plan: PersonaPlan, seed: int, stage: Stage) -> Persona:
    """Train prototypes and their editors on the field devices, choosing T on the validation devices."""
    trials = {clip: _first_editor(problem, plan, clip, stage) for clip in plan.clips}
    sweep = {clip: _score(problem, editor) for clip, editor in trials.items()}
    clip = choose_clip(sweep, plan.tolerance)
    codes = device_codes(trials[clip], problem.field)
    groups = members(codes, cluster(codes, plan.prototypes, seed), plan.minimum)

    def fit_group(number: int, group: npt.NDArray[np.bool_]) -> tuple[Tensor, ParameterEditor]:
        return _prototype(problem, plan, trials[clip], group, lambda name: stage(f"{name} {number}"))

    pairs = [fit_group(number, group) for number, group in enumerate(groups, start=1)]
    prototypes, editors = zip(*pairs, strict=True)
    return Persona(problem.layout(clip), torch.stack(prototypes), tuple(editors), sweep, groups)


def choose_clip(sweep: dict[float, float], tolerance: float) -> float:
    """The smallest T whose validation accuracy is at most `tolerance` below the best."""
    best = max(sweep.values())
    return min(clip for clip, accuracy in sweep.items() if accuracy >= best - tolerance)


def device_codes(editor: ParameterEditor, material: Material) -> npt.NDArray[np.float64]:
    """Codes of all layers for every device, averaged over the contexts its windows make, float64 [d, layers * code]."""
    contexts = torch.split(material.embeddings, material.context, dim=1)
    whole = [context for context in contexts if context.shape[1] == material.context]
    with torch.no_grad():
        codes = torch.stack([torch.cat(editor.codes(context), dim=1) for context in whole])
    return np.asarray(codes.mean(0).numpy(), np.float64)


def _first_editor(problem: Problem, plan: PersonaPlan, clip: float, stage: Stage) -> ParameterEditor:
    """Step (2): one editor for all devices, over the factory head."""
    field = problem.field
    editor = ParameterEditor(EditorSpec(field.embeddings.shape[2]), problem.layout(clip))
    standardise(editor, field)
    lesson = Lesson(problem.head, problem.base, field, torch.ones(field.devices))
    fit_editor(editor, lesson, plan.editor, stage(f"editor, T {clip:g}"))
    return editor


def _score(problem: Problem, editor: ParameterEditor) -> float:
    """Mean accuracy over the validation devices."""
    with torch.no_grad():
        edited = problem.base + editor(problem.validation.contexts)
    return float(problem.head.accuracy(*problem.validation.targets, edited).mean())


def _prototype(
    problem: Problem, plan: PersonaPlan, editor: ParameterEditor, group: npt.NDArray[np.bool_], stage: Stage
) -> tuple[Tensor, ParameterEditor]:
    """Steps (4) and (5) for one group: fine-tune the head, then continue a copy of the editor over that head."""
    inside = torch.from_numpy(group.astype(np.float32))
    alone = Lesson(problem.head, problem.base, problem.field, inside)
    prototype = fit_head(alone, plan.head, stage("prototype"))
    own = copy.deepcopy(editor)
    mixed = Lesson(problem.head, prototype, problem.field, inside + plan.outside * (1 - inside))
    fit_editor(own, mixed, plan.group, stage("editor"))
    return prototype, own
