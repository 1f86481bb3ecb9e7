"""Labelled rivals: gradient descent on each user's own past choices, for many users side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from models.rivals.edited import Edited
from models.sequences.audience import Audience, Lessons
from models.sequences.desk import Desk

_RATES: Final = (1e-3, 1e-2)
_STEPS: Final = (1, 4, 16)
_CHUNK: Final = 512
_CHOOSERS: Final = 1024
"""Validation users that choose: each of them is trained under every choice."""

Heads = Callable[[list[Tensor]], Tensor]
"""Heads [u, size] of what is trained for each user."""


def fine_tuning(desk: Desk, audience: Audience) -> Edited:
    """Adam on the user's own lessons, without a clip: it could not be sent as an edit."""
    free = torch.full_like(desk.base, torch.inf)
    return _tuned(desk, audience, lambda count: [desk.base.expand(count, -1).clone()], lambda own: own[0], free)


def projected_fine_tuning(desk: Desk, audience: Audience) -> Edited:
    """The same, each step projected onto the clip ball around the factory head; T is the middle candidate."""
    return _tuned(desk, audience, lambda count: [desk.base.expand(count, -1).clone()], lambda own: own[0], _clip(desk))


def lora(desk: Desk, audience: Audience, rank: int = 2) -> Edited:
    """A low-rank sum for each weight of the adaptive layers, clipped to T."""
    tensors = desk.head.layout.tensors
    weights = [tensor for tensor in tensors if len(tensor.shape) > 1]

    def fresh(count: int) -> list[Tensor]:
        downs = [torch.randn(count, rank, tensor.shape[1]) / tensor.shape[1] ** 0.5 for tensor in weights]
        return [*downs, *(torch.zeros(count, tensor.shape[0], rank) for tensor in weights)]

    def heads(own: list[Tensor]) -> Tensor:
        products = dict(zip(weights, (b @ a for a, b in zip(own, own[len(weights) :], strict=False)), strict=True))
        count = len(own[0])
        flat = [
            products[tensor].flatten(1)
            if tensor in products
            else torch.zeros(count, tensor.span.stop - tensor.span.start)
            for tensor in tensors
        ]
        return desk.base + torch.cat(flat, dim=1)

    return _tuned(desk, audience, fresh, heads, _clip(desk))


def _clip(desk: Desk) -> Tensor:
    clips = desk.plan.clips
    return torch.full_like(desk.base, clips[len(clips) // 2])


def _tuned(desk: Desk, audience: Audience, fresh: Callable[[int], list[Tensor]], heads: Heads, clip: Tensor) -> Edited:
    """Train under the rate and the number of steps that suit the validation users."""
    choosers = _part(desk.validation, slice(0, _CHOOSERS))
    scores: dict[tuple[float, int], float] = {}
    for rate in _RATES:
        for steps, found in zip(_STEPS, _run(desk, choosers, fresh, heads, rate, _STEPS), strict=True):
            scores[rate, steps] = desk.ndcg(choosers, desk.base + torch.clamp(found - desk.base, -clip, clip))
    rate, steps = max(scores, key=lambda choice: scores[choice])
    (found,) = _run(desk, audience, fresh, heads, rate, (steps,))
    return Edited.around(desk.base, found, clip)


def _run(  # noqa: PLR0913, PLR0917  # what is trained, on whom, and how far
    desk: Desk,
    audience: Audience,
    fresh: Callable[[int], list[Tensor]],
    heads: Heads,
    rate: float,
    stops: tuple[int, ...],
) -> list[Tensor]:
    """Heads [u, size] after each of `stops` steps."""
    parts = [
        list(_descend(desk, _part(audience, slice(i, i + _CHUNK)), fresh, heads, rate, stops))
        for i in range(0, audience.users, _CHUNK)
    ]
    return [torch.cat(column) for column in zip(*parts, strict=True)]


def _descend(  # noqa: PLR0913, PLR0917  # as above
    desk: Desk,
    audience: Audience,
    fresh: Callable[[int], list[Tensor]],
    heads: Heads,
    rate: float,
    stops: tuple[int, ...],
) -> Iterator[Tensor]:
    own = [values.requires_grad_() for values in fresh(audience.users)]
    optimiser = torch.optim.Adam(own, lr=rate)
    lessons = audience.lessons
    real = (lessons.steps > 0).float()
    share = real / real.sum(1, keepdim=True).clamp(min=1)
    for done in range(1, max(stops) + 1):
        flat = heads(own)
        losses = [
            desk.losses(lessons.features[:, t], lessons.candidates[:, t], flat) * share[:, t]
            for t in range(lessons.steps.shape[1])
        ]
        optimiser.zero_grad()
        torch.autograd.backward(torch.stack(losses).sum())
        optimiser.step()
        if done in stops:
            yield heads(own).detach().clone()


def _part(audience: Audience, part: slice) -> Audience:
    """Some of the users."""

    def cut(lessons: Lessons) -> Lessons:
        return Lessons(lessons.features[part], lessons.candidates[part], lessons.steps[part])

    return replace(
        audience,
        contexts=audience.contexts[part],
        lengths=audience.lengths[part],
        lessons=cut(audience.lessons),
        scored=cut(audience.scored),
        windows=audience.windows[part],
    )
