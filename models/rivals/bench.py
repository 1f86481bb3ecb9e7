"""What every method is given, and how its choices are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

import torch
from torch import Tensor

from models.datasets.fleet import Role
from models.editor.fit import Lesson, Plan, fit_head
from models.editor.material import Material, gather
from models.editor.problem import Problem
from models.quantise import Int8Range
from models.reproducible import reproducible
from models.trained import Trained

Choice = TypeVar("Choice")
_RATES: Final = (3e-3, 1e-2)


@dataclass(frozen=True)
class Bench:
    """A trained model, the devices it was trained with, and the `devices` to be scored, all as int8 embeddings."""

    trained: Trained
    problem: Problem
    factory: Material
    devices: Material

    @classmethod
    def of(cls, trained: Trained, role: Role = Role.HELD_OUT) -> Bench:
        """Render and embed the devices of `trained`'s own fleet; those of `role` are scored."""
        seen = Int8Range.from_json(trained.report["embedding"])
        factory, field, validation, devices = (
            gather(trained.network, trained.fleet.devices(r), seen)
            for r in (Role.FACTORY, Role.FIELD, Role.VALIDATION, role)
        )
        return cls(trained, Problem(trained.network, field, validation), factory, devices)

    @property
    def seen(self) -> Int8Range:
        """The int8 range of the embeddings."""
        return Int8Range.from_json(self.trained.report["embedding"])

    @property
    def base(self) -> Tensor:
        """The factory head, float32 [size]."""
        return self.problem.base

    @property
    def clip(self) -> Tensor:
        """T of every float, float32 [size]."""
        return torch.from_numpy(self.trained.layout.clip_vector.copy())

    @property
    def prototypes(self) -> Tensor:
        """The table, float32 [1 + N_M, size]."""
        return torch.from_numpy(self.trained.prototypes)

    @property
    def steps(self) -> int:
        """How many optimiser steps Persona was given in all, behind the base."""
        return int(self.trained.report["extra_steps"])

    @cached_property
    def one_head(self) -> Tensor:
        """The control's head float32 [size]: the factory head trained on all field devices for `steps` steps.

        Its learning rate is the better one of two on the validation devices.
        """
        field = self.problem.field
        lesson = Lesson(self.problem.head, self.base, field, torch.ones(field.devices))
        with reproducible(int(self.trained.report["seed"])):
            heads = [fit_head(lesson, Plan(self.steps, rate), _nobody) for rate in _RATES]
        return max(heads, key=lambda head: self._validate(everywhere(head, self.problem.validation)))

    def accuracy(self, heads: Tensor) -> Tensor:
        """Accuracy of `heads` [d, size] on the devices' evaluation windows, float32 [d]."""
        return self.problem.head.accuracy(*self.devices.targets, heads)

    def choose(self, heads_for: Callable[[Material, Choice], Tensor], choices: Iterable[Choice]) -> Tensor:
        """Heads [d, size] of the scored devices under the choice that is best on the validation devices."""
        best = max(choices, key=lambda choice: self._validate(heads_for(self.problem.validation, choice)))
        return heads_for(self.devices, best)

    def _validate(self, heads: Tensor) -> float:
        """Mean accuracy of `heads` over the validation devices."""
        return float(self.problem.head.accuracy(*self.problem.validation.targets, heads).mean())


Method = Callable[[Bench], Tensor]
"""Heads float32 [d, size] for the devices of a bench."""


def everywhere(head: Tensor, material: Material) -> Tensor:
    """The same head float32 [size] on every device, float32 [d, size]."""
    return head.expand(material.devices, -1)


def _nobody(done: int, total: int) -> None:
    """Nobody watches these steps."""
