"""Gradient descent over many users: one head for all of them, or editors that make one for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.editor.fit import Plan
from models.editor.parameter_editor import ParameterEditor
from models.sequences.audience import Audience
from models.sequences.desk import Desk


@dataclass(frozen=True, eq=False)
class Pupil:
    """An editor, the head float32 [size] that it starts from, and how often each user is drawn, float32 [u]."""

    editor: ParameterEditor
    start: Tensor
    weights: Tensor


@dataclass(frozen=True, eq=False)
class Drawn:
    """A batch: contexts [b, p, E] with their lengths [b], and one lesson of each user."""

    contexts: Tensor
    lengths: Tensor
    features: Tensor
    candidates: Tensor


def draw(audience: Audience, weights: Tensor, count: int) -> Drawn:
    """Users by weight, one real lesson of each at random; the context ends where the lesson begins."""
    users = torch.multinomial(weights, min(count, int((weights > 0).sum())))
    steps = audience.lessons.steps[users]
    lesson = torch.multinomial((steps > 0).float(), 1)[:, 0]
    return Drawn(
        audience.contexts[users],
        steps.gather(1, lesson[:, None])[:, 0],
        audience.lessons.features[users, lesson],
        audience.lessons.candidates[users, lesson],
    )


def fit_head(desk: Desk, start: Tensor, weights: Tensor, plan: Plan) -> Tensor:
    """One head float32 [size] for the field users of `weights`."""
    flat = start.clone().requires_grad_()

    def loss() -> Tensor:
        batch = draw(desk.in_field, weights, plan.devices)
        return desk.losses(batch.features, batch.candidates, flat.expand(len(batch.features), -1)).mean()

    _descend([flat], plan, loss)
    return flat.detach()


def fit_editors(desk: Desk, pupils: Sequence[Pupil], plan: Plan) -> None:
    """Train editors in place on the field users, side by side."""
    parameters = {id(p): p for pupil in pupils for p in pupil.editor.parameters()}

    def loss() -> Tensor:
        return torch.stack([_edited_loss(desk, pupil, plan) for pupil in pupils]).sum()

    _descend(parameters.values(), plan, loss)


def _edited_loss(desk: Desk, pupil: Pupil, plan: Plan) -> Tensor:
    batch = draw(desk.in_field, pupil.weights, plan.devices)
    edit: Tensor = pupil.editor(batch.contexts, batch.lengths)
    error = desk.losses(batch.features, batch.candidates, pupil.start + edit).mean()
    return error + plan.norm_penalty * edit.square().mean()


def _descend(parameters: Iterable[Tensor], plan: Plan, loss: Callable[[], Tensor]) -> None:
    """Adam under a one-cycle schedule."""
    optimiser = torch.optim.Adam(list(parameters), lr=plan.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps)
    for _ in range(plan.steps):
        optimiser.zero_grad()
        torch.autograd.backward(loss())
        optimiser.step()
        schedule.step()
