"""One head for all devices: none of these knows which device it runs on."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.editor.fit import Lesson, Plan, fit_head
from models.rivals.bench import Bench, everywhere

_RATES: Final = (3e-3, 1e-2)


def base(bench: Bench) -> Tensor:
    """No edit at all: the factory head."""
    return everywhere(bench.base, bench.devices)


def extra_budget(bench: Bench) -> Tensor:
    """The control: the factory head trained on the same field devices for as many steps as Persona was in all.

    It is not clipped: it stands for a new release of the base, not for an edit.
    """
    return bench.choose(lambda material, head: everywhere(head, material), extra_budget_heads(bench))


def extra_budget_heads(bench: Bench) -> tuple[Tensor, ...]:
    """The control's head float32 [size] for each learning rate that it may choose from."""
    field = bench.problem.field
    lesson = Lesson(bench.problem.head, bench.base, field, torch.ones(field.devices))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(bench.trained.report["seed"]))
        return tuple(fit_head(lesson, Plan(bench.steps, rate), _nobody) for rate in _RATES)


def _nobody(done: int, total: int) -> None:
    """Nobody watches these steps."""
