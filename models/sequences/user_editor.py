"""Persona over users: steps (2) to (5) of the method, with the sequence encoder, over the tower or the MLP."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor

from models.editor.assignment import assign
from models.editor.groups import cluster, members
from models.editor.parameter_editor import ParameterEditor
from models.editor.spec import EditorSpec
from models.networks.network import layout_of
from models.reproducible import reproducible
from models.rivals.edited import Edited
from models.sequences.audience import Audience
from models.sequences.desk import Desk, everywhere
from models.sequences.fitting import Pupil, fit_editors, fit_head

_BATCH: Final = 1024
_FREE: Final = 1e6
"""The T of an editor without a clip: no edit ever comes near."""


@dataclass(frozen=True)
class Variant:
    """Which parts of Persona are there."""

    clipped: bool = True
    prototypes: bool = True
    transfer: bool = True


@dataclass(frozen=True, eq=False)
class UserEditor:
    """`table` float32 [1 + N, size], row 0 the factory head; one editor for each other row, all with the clip T."""

    table: Tensor
    editors: tuple[ParameterEditor, ...]
    clip: float

    def edit(self, audience: Audience) -> Edited:
        """Eq. 12 picks the prototype that needs the smallest edit."""
        edits = torch.stack([_edits(editor, audience) for editor in self.editors], dim=1)
        chosen = torch.from_numpy(assign(edits.numpy()))
        clip = torch.full((self.table.shape[1],), torch.inf if self.clip == _FREE else self.clip)
        return Edited(self.table, chosen + 1, edits[torch.arange(len(chosen)), chosen], clip)


def fit_user_editor(desk: Desk, variant: Variant) -> UserEditor:
    """Train it on the field users; T is chosen on the validation users."""
    with reproducible(desk.seed):
        clips = desk.plan.clips if variant.clipped else (_FREE,)
        trials = {clip: _first(desk, clip, variant) for clip in clips}
        scores = {clip: desk.ndcg(desk.validation, trial.edit(desk.validation).heads) for clip, trial in trials.items()}
        clip = min(clip for clip, score in scores.items() if score >= max(scores.values()) - desk.plan.tolerance)
        return _grouped(desk, trials[clip]) if variant.prototypes else trials[clip]


def _first(desk: Desk, clip: float, variant: Variant) -> UserEditor:
    """Step (2): one editor for all users, over the factory head; trained once for all variants."""
    key = (clip, variant.transfer)
    if key not in desk.trials:
        with reproducible(desk.seed):
            desk.trials[key] = _fitted(desk, clip, variant)
    found: UserEditor = desk.trials[key]
    return found


def _fitted(desk: Desk, clip: float, variant: Variant) -> UserEditor:
    width = desk.in_field.contexts.shape[2]
    spec = EditorSpec(width, code=desk.plan.code, encoder="gru", clkt=variant.transfer)
    editor = ParameterEditor(spec, layout_of(desk.network, clip))
    real = desk.in_field.contexts[torch.arange(desk.in_field.contexts.shape[1]) < desk.in_field.lengths[:, None]]
    editor.encoder.mean.copy_(real.mean(0))
    editor.encoder.scale.copy_(1 / (real.std(0) + 1e-3))
    fit_editors(desk, [Pupil(editor, desk.base, torch.ones(desk.in_field.users))], desk.plan.editor)
    return UserEditor(torch.stack([desk.base, desk.base]), (editor,), clip)


def _grouped(desk: Desk, first: UserEditor) -> UserEditor:
    """Steps (3) to (5): groups of users by their codes, a prototype and an editor for each."""
    codes = _codes(first.editors[0], desk.in_field)
    groups = members(codes, cluster(codes, desk.plan.prototypes, desk.seed), desk.plan.minimum)
    inside = [torch.from_numpy(group.astype(np.float32)) for group in groups]
    heads = [fit_head(desk, desk.base, own, desk.plan.head) for own in inside]
    editors = tuple(copy.deepcopy(first.editors[0]) for _ in heads)
    weights = [own + desk.plan.outside * (1 - own) for own in inside]
    fit_editors(desk, [Pupil(*parts) for parts in zip(editors, heads, weights, strict=True)], desk.plan.group)
    return UserEditor(torch.stack([desk.base, *heads]), editors, first.clip)


def _edits(editor: ParameterEditor, audience: Audience) -> Tensor:
    with torch.no_grad():
        parts = zip(torch.split(audience.contexts, _BATCH), torch.split(audience.lengths, _BATCH), strict=True)
        return torch.cat([editor(contexts, lengths) for contexts, lengths in parts])


def _codes(editor: ParameterEditor, audience: Audience) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    with torch.no_grad():
        return np.asarray(torch.cat(editor.codes(audience.contexts, audience.lengths), dim=1).numpy(), np.float64)


def one_head(desk: Desk) -> Tensor:
    """The control's head float32 [size]: the factory head trained for Persona's whole budget on the field users."""
    with reproducible(desk.seed):
        fit = partial(fit_head, desk, desk.base, torch.ones(desk.in_field.users))
        base = desk.plan.head
        heads = [fit(type(base)(steps=desk.plan.steps, rate=rate, devices=base.devices)) for rate in (1e-3, 3e-3)]
    return max(heads, key=lambda head: desk.ndcg(desk.validation, everywhere(head, desk.validation)))
