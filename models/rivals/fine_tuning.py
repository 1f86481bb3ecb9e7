"""Labelled: a head for each device, by gradient descent on its own labelled context."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from models.editor.material import Material
from models.rivals.bench import Bench, everywhere
from models.rivals.edited import Edited
from models.rivals.method import Method

_RATES: Final = (1e-3, 3e-3, 1e-2)
_STEPS: Final = (0, 10, 30, 100)


def projected_fine_tuning(bench: Bench) -> Edited:
    """From the factory head, projected onto the clip ball around it; rate and steps are chosen on validation."""
    return Edited.around(bench.base, _best(bench, bench.base, bench.clip), bench.clip)


def extra_budget_fine_tuning(bench: Bench) -> Edited:
    """From the control's head and without a clip: the strongest simple rival. It could not be sent as an edit."""
    free = torch.full_like(bench.base, torch.inf)
    return Edited.around(bench.base, _best(bench, bench.one_head, free), free)


def _best(bench: Bench, start: Tensor, clip: Tensor) -> Tensor:
    """Heads [d, size] of the scored devices with the rate and the number of steps that suit the validation devices."""
    runs: dict[tuple[int, float], tuple[Tensor, ...]] = {}

    def heads_for(material: Material, choice: tuple[float, int]) -> Tensor:
        rate, stop = choice
        key = (id(material), rate)
        if key not in runs:
            runs[key] = tuple(_tuned(bench, material, start, clip, rate))
        return runs[key][_STEPS.index(stop)]

    return bench.choose(heads_for, [(rate, stop) for rate in _RATES for stop in _STEPS])


def _tuned(bench: Bench, material: Material, start: Tensor, clip: Tensor, rate: float) -> Iterator[Tensor]:
    """Heads after each of _STEPS: all devices at once, each with a head of its own within start -T .. T."""
    flat = everywhere(start, material).clone().requires_grad_()
    optimiser = torch.optim.Adam([flat], lr=rate)
    labels = material.context_labels
    for done in range(max(_STEPS) + 1):
        if done in _STEPS:
            yield flat.detach().clone()
        optimiser.zero_grad()
        torch.autograd.backward(bench.problem.head.losses(material.contexts, labels, flat).sum())
        optimiser.step()
        with torch.no_grad():
            flat.copy_(start + torch.clamp(flat - start, -clip, clip))


METHODS: Final = (
    Method(
        "projected-fine-tuning",
        projected_fine_tuning,
        "gradient descent on the device's labelled context, inside the clip ball",
        labelled=True,
        backpropagation=True,
    ),
    Method(
        "extra-budget-fine-tuning",
        extra_budget_fine_tuning,
        "the same from the extra-budget head, without a clip",
        labelled=True,
        backpropagation=True,
        sendable=False,
    ),
)
