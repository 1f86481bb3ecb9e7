"""Labelled: a head for each device, by gradient descent on its own labelled context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.material import Material
from models.rivals.bench import Bench, everywhere
from models.rivals.one_head import extra_budget_heads


@dataclass(frozen=True)
class _Budget:
    """Steps of Adam and their rate."""

    steps: int
    rate: float


_BUDGETS: Final = tuple(_Budget(steps, rate) for steps in (10, 30, 100) for rate in (1e-3, 3e-3, 1e-2))


def fine_tuning(bench: Bench) -> Tensor:
    """From the factory head, projected onto the clip ball around it; steps and rate are chosen on validation."""
    return bench.choose(lambda material, budget: _tuned(bench, material, bench.base, bench.clip, budget), _BUDGETS)


def extra_budget_fine_tuning(bench: Bench) -> Tensor:
    """From the control's head and without a clip: the strongest simple rival. It could not be sent as an edit."""
    unclipped = torch.full_like(bench.clip, torch.inf)
    choices = [(head, budget) for head in extra_budget_heads(bench) for budget in _BUDGETS]
    return bench.choose(lambda material, choice: _tuned(bench, material, choice[0], unclipped, choice[1]), choices)


def _tuned(bench: Bench, material: Material, start: Tensor, clip: Tensor, budget: _Budget) -> Tensor:
    """All devices at once, each with a head of its own; projected onto start -T .. T after each step."""
    flat = everywhere(start, material).clone().requires_grad_()
    optimiser = torch.optim.Adam([flat], lr=budget.rate)
    labels = material.context_labels
    for _ in range(budget.steps):
        logits = bench.problem.head.logits(material.contexts, flat)
        losses = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        optimiser.zero_grad()
        torch.autograd.backward(losses.reshape(labels.shape).mean(1).sum())
        optimiser.step()
        with torch.no_grad():
            flat.copy_(start + torch.clamp(flat - start, -clip, clip))
    return flat.detach()
