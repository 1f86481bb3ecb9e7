"""Gradient descent on the two things that are learned over the frozen shared layers: a head, and an editor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.material import Material
from models.editor.parameter_editor import ParameterEditor
from models.networks.flat_head import FlatHead

Step = Callable[[int, int], None]
"""Told the number of steps done and the number of all steps."""


@dataclass(frozen=True)
class Plan:
    """A budget: `steps` of Adam at a peak rate `rate`, each on `devices` devices with `targets` labelled windows."""

    steps: int
    rate: float = 3e-3
    devices: int = 32
    targets: int = 64
    norm_penalty: float = 0.0
    """Weight of the mean squared edit beside the cross entropy (Lemma 1: a smaller edit generalises better)."""


@dataclass(frozen=True)
class Lesson:
    """What is learned over and from.

    `head` with parameters `start` float32 [size] on the devices of `material`, each drawn with its weight in `weights`
    float32 [d] (0: never).
    """

    head: FlatHead
    start: Tensor
    material: Material
    weights: Tensor


def _descend(parameters: Iterable[Tensor], plan: Plan, loss: Callable[[], Tensor], step: Step) -> None:
    """Adam under a one-cycle schedule."""
    optimiser = torch.optim.Adam(list(parameters), lr=plan.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps)
    for done in range(plan.steps):
        optimiser.zero_grad()
        torch.autograd.backward(loss())
        optimiser.step()
        schedule.step()
        step(done + 1, plan.steps)


def _draw(lesson: Lesson, plan: Plan, windows: int) -> tuple[Tensor, Tensor]:
    """Random devices by weight, and for each of them random windows: embeddings [b, n, E] and labels [b, n]."""
    material = lesson.material
    count = min(plan.devices, int((lesson.weights > 0).sum()))
    which = torch.multinomial(lesson.weights, count)
    total = material.labels.shape[1]
    windows = min(windows, total)
    chosen = torch.rand(count, total).argsort(1)[:, :windows]
    embeddings = material.embeddings[which].gather(1, chosen[..., None].expand(-1, -1, material.embeddings.shape[2]))
    return embeddings, material.labels[which].gather(1, chosen)


def fit_head(lesson: Lesson, plan: Plan, step: Step) -> Tensor:
    """One head for all devices of the lesson, float32 [size], starting from `lesson.start`."""
    flat = lesson.start.clone().requires_grad_()

    def loss() -> Tensor:
        embeddings, labels = _draw(lesson, plan, plan.targets)
        logits = lesson.head.logits(embeddings.flatten(0, 1)[None], flat[None])
        return F.cross_entropy(logits[0], labels.flatten())

    _descend([flat], plan, loss, step)
    return flat.detach()


def fit_editors(pupils: Sequence[tuple[ParameterEditor, Lesson]], plan: Plan, step: Step) -> None:
    """Train editors in place, each so that its lesson's start + edit is right where the context comes from.

    They learn side by side: what they share (a hypernetwork) learns from all their lessons at once. The scored windows
    are other windows of the same device: the context is drawn at random among all of them and never overlaps those that
    are scored.
    """
    parameters = {id(p): p for editor, _ in pupils for p in editor.parameters()}

    def loss() -> Tensor:
        return torch.stack([_edited_loss(editor, lesson, plan) for editor, lesson in pupils]).sum()

    _descend(parameters.values(), plan, loss, step)


def _edited_loss(editor: ParameterEditor, lesson: Lesson, plan: Plan) -> Tensor:
    context = lesson.material.context
    embeddings, labels = _draw(lesson, plan, context + plan.targets)
    edit: Tensor = editor(embeddings[:, :context])
    logits = lesson.head.logits(embeddings[:, context:], lesson.start + edit)
    error = F.cross_entropy(logits.flatten(0, 1), labels[:, context:].flatten())
    return error + plan.norm_penalty * edit.square().mean()
