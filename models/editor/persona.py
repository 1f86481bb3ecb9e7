"""Steps (2) to (5) of Persona: an editor, its codes, groups of them, and for each group a prototype with an editor.

The shared layers are frozen throughout: everything here sees embeddings only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.editor.assignment import assign
from models.editor.fit import Lesson, Plan, Step, fit_editors, fit_head
from models.editor.groups import cluster, members
from models.editor.latent_table import quantise_rows, real_rows
from models.editor.material import PADDING, Material
from models.editor.parameter_editor import ParameterEditor
from models.editor.problem import Problem
from models.editor.spec import EditorSpec, Encoder
from models.networks.network import Clip
from toolchain.latent import Latent
from toolchain.layout import Layout

Stage = Callable[[str], Step]
"""Names a stage and gives back who is told of its steps."""

_EDITOR = Plan(steps=400, rate=1e-2, norm_penalty=1.0)
_HEAD = Plan(steps=150)
_GROUP = Plan(steps=400, rate=5e-3, norm_penalty=1.0)


@dataclass(frozen=True)
class PersonaPlan:
    """The budget and the choices of Persona's training.

    `clips` are the candidates for T, each one number or one for each tensor; `tolerance` is how much validation
    accuracy a smaller T may cost; `minimum` is the least number of devices that a prototype is made from; `outside` is
    the weight of a device of another group while a group's editor is trained, so that it knows what a device looks like
    that is not its own (Eq. 12 compares editors outside their groups). If `joint`, prototypes go on learning beside
    their editors in step (5); in the paper they are frozen. With no `prototypes` the table has one entry, the factory
    head, and its editor is continued for all devices.

    `encoder` is what the editors read, with the labels of the context if `labelled`; `hidden` the width of what it
    makes of it, `code` that of each layer's code, and without `clkt` all layers have the same one. With `align` above
    0 an editor starts from an alignment of so much strength (`models.editor.shift`) and learns the rest; its edits have
    no latent code.
    """

    clips: tuple[Clip, ...] = (0.25, 0.5, 1.0)
    tolerance: float = 0.01
    prototypes: int = 3
    minimum: int = 8
    outside: float = 0.5
    joint: bool = False
    encoder: Encoder = "summary"
    labelled: bool = False
    clkt: bool = True
    hidden: int = 32
    code: int = 16
    align: float = 0.0
    editor: Plan = _EDITOR
    head: Plan = _HEAD
    group: Plan = _GROUP

    @property
    def steps(self) -> int:
        """Optimiser steps in all: the budget that the control is given."""
        heads, editors = self.prototypes * self.head.steps, max(self.prototypes, 1) * self.group.steps
        return len(self.clips) * self.editor.steps + heads + editors

    def spec(self, problem: Problem) -> EditorSpec:
        """The shape of the editors for `problem`."""
        classes = problem.classes if self.labelled else 0
        return EditorSpec(problem.embedding, self.hidden, self.code, self.encoder, self.clkt, classes, self.align > 0)


@dataclass(frozen=True)
class Persona:
    """What came out: T, prototype heads [N_M, size], an editor for each, and the validation accuracy of every T.

    The editors share one hypernetwork; its values are those of `latent`, the table as a device keeps it in int8.
    """

    layout: Layout
    prototypes: Tensor
    editors: tuple[ParameterEditor, ...]
    latent: Latent
    sweep: dict[str, float]
    groups: npt.NDArray[np.bool_]

    def edits(self, contexts: Tensor, labels: Tensor | None = None) -> npt.NDArray[np.float32]:
        """Clipped edits of every prototype, float32 [d, N_M, size]; `labels` int64 [d, n] if they read them."""
        with torch.no_grad():
            return np.stack([editor(contexts, None, labels).numpy() for editor in self.editors], axis=1)

    def heads(self, contexts: Tensor, labels: Tensor | None = None) -> tuple[npt.NDArray[np.int64], Tensor]:
        """Eq. 12 choice int64 [d], from 0, and the edited heads float32 [d, size]."""
        edits = self.edits(contexts, labels)
        chosen = assign(edits)
        return chosen, self.prototypes[chosen] + torch.from_numpy(edits[np.arange(len(chosen)), chosen])


def fit_persona(problem: Problem, plan: PersonaPlan, seed: int, stage: Stage) -> Persona:
    """Train prototypes and their editors on the field devices, choosing T on the validation devices."""
    trials = [_first_editor(problem, plan, clip, stage) for clip in plan.clips]
    scores = [_score(problem, editor) for editor in trials]
    layouts = [problem.layout(clip) for clip in plan.clips]
    best = choose_clip([float(layout.clip_vector.mean()) for layout in layouts], scores, plan.tolerance)
    first, layout = trials[best], layouts[best]
    groups = _groups(first, problem, plan, seed)
    heads = [problem.base]
    if plan.prototypes:
        heads = [_prototype(problem, plan, group, stage(f"prototype {j}")) for j, group in enumerate(groups, start=1)]
    editors = _continued(first, len(heads))
    lessons = [_mixed_lesson(problem, plan, *pair) for pair in zip(heads, groups, strict=True)]
    fit_editors(list(zip(editors, lessons, strict=True)), plan.group, stage("editors"))
    heads = [lesson.start.detach() for lesson in lessons]
    shared = editors[0].hypernetwork
    latent = quantise_rows(shared.rows(), layout)
    shared.take(real_rows(latent, layout))
    sweep = {clip_name(clip): score for clip, score in zip(plan.clips, scores, strict=True)}
    return Persona(layout, torch.stack(heads), editors, latent, sweep, groups)


def choose_clip(clips: Sequence[float], accuracies: Sequence[float], tolerance: float) -> int:
    """Which T is the smallest whose validation accuracy is at most `tolerance` below the best."""
    good = [i for i, accuracy in enumerate(accuracies) if accuracy >= max(accuracies) - tolerance]
    return min(good, key=lambda i: clips[i])


def clip_name(clip: Clip) -> str:
    """T as a table shows it: `0.5`, or `0.5/0.1` for one of each tensor."""
    values = clip.values() if isinstance(clip, Mapping) else clip if isinstance(clip, Sequence) else (clip,)
    return "/".join(f"{value:g}" for value in values)


def _groups(editor: ParameterEditor, problem: Problem, plan: PersonaPlan, seed: int) -> npt.NDArray[np.bool_]:
    """Step (3): which devices belong to which group, bool [max(N_M, 1), d]."""
    if not plan.prototypes:
        return np.ones((1, problem.field.devices), np.bool_)
    codes = device_codes(editor, problem.field)
    return members(codes, cluster(codes, plan.prototypes, seed), plan.minimum)


def device_codes(editor: ParameterEditor, material: Material) -> npt.NDArray[np.float64]:
    """Codes of all layers for every device, averaged over the contexts its windows make, float64 [d, layers * code]."""
    contexts = [(e, y, (y != PADDING).sum(1), whole) for e, y, whole in material.split_contexts()]
    with torch.no_grad():
        parts = [(torch.cat(editor.codes(e, lengths, y), dim=1), whole) for e, y, lengths, whole in contexts]
    total = sum(codes.double() * whole[:, None] for codes, whole in parts)
    return np.asarray(total / sum(whole.double()[:, None] for _, whole in parts), np.float64)


def _first_editor(problem: Problem, plan: PersonaPlan, clip: Clip, stage: Stage) -> ParameterEditor:
    """Step (2): one editor for all devices, over the factory head."""
    field = problem.field
    editor = ParameterEditor(plan.spec(problem), problem.layout(clip))
    editor.encoder.standardise(field)
    if editor.shift is not None:
        editor.shift.take(problem, plan.align)
    lesson = Lesson(problem.head, problem.base, field, torch.ones(field.devices))
    fit_editors([(editor, lesson)], plan.editor, stage(f"editor, T {clip_name(clip)}"))
    return editor


def _score(problem: Problem, editor: ParameterEditor) -> float:
    """Mean accuracy over the validation devices."""
    validation = problem.validation
    with torch.no_grad():
        edit = editor(validation.contexts, validation.context_lengths, validation.context_labels)
    return float(problem.head.accuracy(*validation.targets, problem.base + edit).mean())


def _prototype(problem: Problem, plan: PersonaPlan, group: npt.NDArray[np.bool_], step: Step) -> Tensor:
    """Step (4) for one group: the factory head fine-tuned on its devices, float32 [size]."""
    return fit_head(Lesson(problem.head, problem.base, problem.field, _inside(group)), plan.head, step)


def _continued(editor: ParameterEditor, count: int) -> tuple[ParameterEditor, ...]:
    """Copies of `editor` that share one hypernetwork, so that a device needs one table for all prototypes."""
    copies = tuple(copy.deepcopy(editor) for _ in range(count))
    for own in copies[1:]:
        own.hypernetwork = copies[0].hypernetwork
    return copies


def _mixed_lesson(problem: Problem, plan: PersonaPlan, prototype: Tensor, group: npt.NDArray[np.bool_]) -> Lesson:
    """Step (5) for one group: its own devices over its prototype, and the others with less weight."""
    inside = _inside(group)
    start = prototype.clone().requires_grad_(plan.joint and plan.prototypes > 0)
    return Lesson(problem.head, start, problem.field, inside + plan.outside * (1 - inside))


def _inside(group: npt.NDArray[np.bool_]) -> Tensor:
    return torch.from_numpy(group.astype(np.float32))
