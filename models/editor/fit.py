"""Gradient descent on the two things that are learned over the frozen shared layers: a head, and an editor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.editor.material import PADDING, Material
from models.networks.flat_head import FlatHead

Step = Callable[[int, int], None]
"""Told the number of steps done and the number of all steps."""


@dataclass(frozen=True)
class Plan:
    """A budget, and what keeps a result from fitting too few devices too well.

    `steps` of Adam at a peak rate `rate`, each on `devices` devices with `targets` labelled windows. `norm_penalty` is
    the weight of the mean squared edit beside the cross entropy (Lemma 1: a smaller edit generalises better), `decay`
    that of the weight decay. The embeddings of the labelled windows get Gaussian `noise` (in units of each dimension's
    spread) and lose each entry with probability `dropout`; their labels are smoothed by `smoothing`.
    """

    steps: int
    rate: float = 3e-3
    devices: int = 32
    targets: int = 64
    norm_penalty: float = 0.0
    decay: float = 0.0
    noise: float = 0.0
    dropout: float = 0.0
    smoothing: float = 0.0


@dataclass(frozen=True)
class Lesson:
    """What is learned over and from.

    `head` with parameters `start` float32 [size] on the devices of `material`, each drawn with its weight in `weights`
    float32 [d] (0: never). A `start` that requires gradients is learned too.
    """

    head: FlatHead
    start: Tensor
    material: Material
    weights: Tensor

    @cached_property
    def spread(self) -> Tensor:
        """Standard deviation of each dimension of the embedding, float32 [E]."""
        return self.material.rows[0].std(0)


def _descend(parameters: Iterable[Tensor], plan: Plan, loss: Callable[[], Tensor], step: Step) -> None:
    """Adam under a one-cycle schedule."""
    optimiser = torch.optim.AdamW(list(parameters), lr=plan.rate, weight_decay=plan.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps)
    for done in range(plan.steps):
        optimiser.zero_grad()
        torch.autograd.backward(loss())
        optimiser.step()
        schedule.step()
        step(done + 1, plan.steps)


@dataclass(frozen=True)
class Batch:
    """Some devices, each with a context and other windows of its own, both padded.

    Contexts float32 [b, c, E] with their labels int64 [b, c] and lengths int64 [b]; targets float32 [b, n, E] and int64
    [b, n].
    """

    context: Tensor
    context_labels: Tensor
    lengths: Tensor
    targets: Tensor
    labels: Tensor


def draw(lesson: Lesson, plan: Plan, context: int) -> Batch:
    """Random devices by weight, and for each of them random windows without overlap.

    A device that has not enough of them for a whole context and as many others gives half of its windows to each.
    """
    material = lesson.material
    which = torch.multinomial(lesson.weights, min(plan.devices, int((lesson.weights > 0).sum())))
    embeddings, labels = material.embeddings[which], material.labels[which]
    real = labels != PADDING
    held = real.sum(1)
    order = (torch.rand(labels.shape) + ~real).argsort(1)  # padding last
    lengths = torch.minimum(torch.full_like(held, context), held // 2)
    first = _take(embeddings, labels, order, torch.arange(context).expand(len(which), -1), lengths)
    count = min(plan.targets, int((held - lengths).max()))
    rest = _take(embeddings, labels, order, lengths[:, None] + torch.arange(count), held)
    return Batch(*first, lengths, *rest)


def _take(embeddings: Tensor, labels: Tensor, order: Tensor, places: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """The windows at `places` [b, n] of `order` [b, w], padding from place `end` [b] on."""
    held = places < end[:, None]
    index = order.gather(1, places.clamp(max=order.shape[1] - 1))
    taken = embeddings.gather(1, index[..., None].expand(-1, -1, embeddings.shape[2]))
    return taken * held[..., None], labels.gather(1, index).masked_fill(~held, PADDING)


def fit_head(lesson: Lesson, plan: Plan, step: Step) -> Tensor:
    """One head for all devices of the lesson, float32 [size], starting from `lesson.start`."""
    flat = lesson.start.clone().requires_grad_()

    def loss() -> Tensor:
        batch = draw(lesson, plan, 0)
        seen = _disturbed(batch.targets, lesson, plan)
        return _error(lesson.head.logits(seen.flatten(0, 1)[None], flat[None]), batch.labels, plan)

    _descend([flat], plan, loss, step)
    return flat.detach()


def fit_editors(pupils: Sequence[tuple[nn.Module, Lesson]], plan: Plan, step: Step) -> None:
    """Train editors in place, each so that its lesson's start + edit is right where the context comes from.

    They learn side by side: what they share (a hypernetwork) learns from all their lessons at once. The scored windows
    are other windows of the same device: the context is drawn at random among all of them and never overlaps those that
    are scored.
    """
    starts = [lesson.start for _, lesson in pupils if lesson.start.requires_grad]
    parameters = {id(p): p for p in [*starts, *(p for editor, _ in pupils for p in editor.parameters())]}

    def loss() -> Tensor:
        return torch.stack([_edited_loss(editor, lesson, plan) for editor, lesson in pupils]).sum()

    _descend(parameters.values(), plan, loss, step)


def _edited_loss(editor: nn.Module, lesson: Lesson, plan: Plan) -> Tensor:
    batch = draw(lesson, plan, lesson.material.context)
    edit: Tensor = editor(batch.context, batch.lengths, batch.context_labels)
    logits = lesson.head.logits(_disturbed(batch.targets, lesson, plan), lesson.start + edit)
    return _error(logits, batch.labels, plan) + plan.norm_penalty * edit.square().mean()


def _disturbed(embeddings: Tensor, lesson: Lesson, plan: Plan) -> Tensor:
    """Embeddings [b, n, E] with the noise and the losses of `plan`."""
    if plan.noise:
        embeddings = embeddings + plan.noise * lesson.spread * torch.randn_like(embeddings)
    return F.dropout(embeddings, plan.dropout) if plan.dropout else embeddings


def _error(logits: Tensor, labels: Tensor, plan: Plan) -> Tensor:
    """Mean cross entropy of logits [.., C] over the labels that are no padding."""
    flat = logits.flatten(0, -2)
    return F.cross_entropy(flat, labels.flatten(), ignore_index=PADDING, label_smoothing=plan.smoothing)
