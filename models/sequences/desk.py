"""What every method on users is given: a frozen network, the audiences, and a score for heads on any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.fit import Plan
from models.networks.flat_head import FlatHead
from models.networks.network import adaptive_values, layout_of
from models.networks.ranker import Ranker
from models.sequences.audience import Audience
from models.sequences.metrics import ndcg, ranks

Choice = TypeVar("Choice")
_CHUNK: Final = 512
_CUT: Final = 5


@dataclass(frozen=True)
class DeskPlan:
    """Budgets and candidates; `clips` are those for T, the smallest within `tolerance` of the best NDCG@5 is taken."""

    clips: tuple[float, ...] = (0.05, 0.1, 0.3, 1.0)
    tolerance: float = 0.001
    prototypes: int = 3
    minimum: int = 30
    code: int = 16
    outside: float = 0.5
    editor: Plan = Plan(steps=250, rate=3e-3, devices=128, norm_penalty=1.0)  # noqa: RUF009  # frozen
    head: Plan = Plan(steps=80, rate=1e-3, devices=128)  # noqa: RUF009  # frozen
    group: Plan = Plan(steps=150, rate=2e-3, devices=128, norm_penalty=1.0)  # noqa: RUF009  # frozen

    @property
    def steps(self) -> int:
        """Optimiser steps of Persona in all: the budget of the control."""
        return len(self.clips) * self.editor.steps + self.prototypes * (self.head.steps + self.group.steps)

    def scaled(self, budget: float) -> DeskPlan:
        """The same with all numbers of steps times `budget`, at least 1."""
        editor, head, group = (
            replace(plan, steps=max(1, round(budget * plan.steps))) for plan in (self.editor, self.head, self.group)
        )
        return replace(self, editor=editor, head=head, group=group)


@dataclass(frozen=True, eq=False)
class Desk:
    """`table` float32 [1 + items, width] holds the item embeddings that scores are taken with: the device's.

    Editors learn on `in_field`, choices are made on `validation`, `factory` shows what the base was trained on, and the
    users of `devices` are scored.
    """

    network: Ranker
    table: Tensor
    factory: Audience
    in_field: Audience
    validation: Audience
    devices: Audience
    seed: int = 0
    plan: DeskPlan = field(default_factory=DeskPlan)

    @cached_property
    def head(self) -> FlatHead:
        """The adaptive layers, for many users at once."""
        return FlatHead(self.network, layout_of(self.network, 1.0))

    @cached_property
    def base(self) -> Tensor:
        """The factory head, float32 [size]."""
        return torch.from_numpy(self.head.layout.flatten(adaptive_values(self.network)))

    @cached_property
    def trials(self) -> dict[tuple[float, bool], Any]:
        """First editors that were trained before, by T and by whether they transfer knowledge across layers."""
        return {}

    def scores(self, features: Tensor, candidates: Tensor, heads: Tensor) -> Tensor:
        """Scores [b, c] of features [b, f, E] and candidates [b, c] with heads [b, size]."""
        return self.network.scores(self.head.logits(features, heads), self.table[candidates])

    def losses(self, features: Tensor, candidates: Tensor, heads: Tensor) -> Tensor:
        """Cross entropy float32 [b] of the right candidates, which are the first ones."""
        logits = self.scores(features, candidates, heads)
        return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long), reduction="none")

    def scored(self, audience: Audience, heads: Tensor) -> Tensor:
        """Scores float32 [u, 1 + c] of what the users are scored on, with heads [u, size]."""
        lesson = audience.scored
        with torch.no_grad():
            parts = [
                self.scores(lesson.features[i, 0], lesson.candidates[i, 0], heads[i])
                for i in torch.split(torch.arange(audience.users), _CHUNK)
            ]
        return torch.cat(parts)

    def ndcg(self, audience: Audience, heads: Tensor) -> float:
        """Mean NDCG@5 over the users."""
        return float(np.mean(ndcg(ranks(self.scored(audience, heads).numpy()), _CUT)))

    def best(self, heads_for: Callable[[Audience, Choice], Tensor], choices: Iterable[Choice]) -> Choice:
        """The choice whose heads are best on the validation users, the first of equals."""
        return max(choices, key=lambda choice: self.ndcg(self.validation, heads_for(self.validation, choice)))


def everywhere(head: Tensor, audience: Audience) -> Tensor:
    """The same head float32 [size] for every user, float32 [u, size]."""
    return head.expand(audience.users, -1)
