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

from models.editor.fit import Plan, Step, fit_editor, fit_head, standardise
from models.editor.groups import assign, cluster, members
from models.editor.material import Material
from models.editor.parameter_editor import ParameterEditor
from models.editor.spec import EditorSpec
from models.networks.flat_head import FlatHead
from toolchain.layout import Layout

Stage = Callable[[str], Step]
"""Names a stage and gives back who is told of its steps."""


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
    outside: float = 0.25
    editor: Plan = Plan(steps=300)
    head: Plan = Plan(steps=150)
    group: Plan = Plan(steps=150)


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


def fit_persona(
    head_for: Callable[[float], FlatHead],
    spec: EditorSpec,
    base: Tensor,
    field: Material,
    validation: Material,
    plan: PersonaPlan,
    seed: int,
    stage: Stage,
) -> Persona:
    """Train prototypes and editors over the head `base` on `field`, choosing T on `validation`."""
    everyone = torch.ones(field.devices)
    sweep: dict[float, float] = {}
    editors: dict[float, ParameterEditor] = {}
    for clip in plan.clips:
        head = head_for(clip)
        editor = ParameterEditor(spec, head.layout)
        standardise(editor, field)
        fit_editor(editor, head, base, field, everyone, plan.editor, stage(f"editor, T {clip:g}"))
        with torch.no_grad():
            edited = base + editor(validation.contexts)
        editors[clip], sweep[clip] = editor, float(head.accuracy(*validation.targets, edited).mean())
    clip = choose_clip(sweep, plan.tolerance)
    head, editor = head_for(clip), editors[clip]
    codes = _codes(editor, field)
    groups = members(codes, cluster(codes, plan.prototypes, seed), plan.minimum)
    prototypes, finetuned = [], []
    for number, group in enumerate(groups):
        inside = torch.from_numpy(group.astype(np.float32))
        prototype = fit_head(head, base, field, inside, plan.head, stage(f"prototype {number + 1}"))
        own = copy.deepcopy(editor)
        weights = inside + plan.outside * (1 - inside)
        fit_editor(own, head, prototype, field, weights, plan.group, stage(f"editor {number + 1}"))
        prototypes.append(prototype)
        finetuned.append(own)
    return Persona(head.layout, torch.stack(prototypes), tuple(finetuned), sweep, groups)


def choose_clip(sweep: dict[float, float], tolerance: float) -> float:
    """The smallest T whose validation accuracy is at most `tolerance` below the best."""
    best = max(sweep.values())
    return min(clip for clip, accuracy in sweep.items() if accuracy >= best - tolerance)


def _codes(editor: ParameterEditor, material: Material) -> npt.NDArray[np.float64]:
    """All codes of every device, averaged over the contexts that its windows make, float64 [d, layers * code]."""
    context = material.context
    count = material.embeddings.shape[1] // context
    with torch.no_grad():
        parts = [
            torch.cat(editor.codes(material.embeddings[:, i * context : (i + 1) * context]), 1) for i in range(count)
        ]
    return np.asarray(torch.stack(parts).mean(0).numpy(), np.float64)
