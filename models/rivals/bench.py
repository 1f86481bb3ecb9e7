"""What every method is given, and how its choices are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

import torch
from torch import Tensor

from models.datasets.fleet import Role
from models.editor.fit import Lesson, Plan, fit_head
from models.editor.material import Material, gather
from models.editor.persona import PersonaPlan, fit_persona
from models.editor.problem import Problem
from models.editor.runtime_editor import Shipped, shipped
from models.quantise import Int8Range
from models.reproducible import reproducible
from models.trained import Trained
from toolchain.layout import Layout

Choice = TypeVar("Choice")
Made = TypeVar("Made")
_RATES: Final = (3e-3, 1e-2)
_FIELD_STEPS: Final = (50, 100, 200)


@dataclass(frozen=True, eq=False)
class Bench:
    """What may be learned from, and the `devices` to be scored, all as int8 embeddings.

    `problem` holds the frozen network, the field devices and those that every choice is made on; `factory` is what the
    base was trained on. `made` is an editor that was trained with `plan` before, and `budget` the optimiser steps that
    it took; without them it is trained when it is first asked for. Everything is seeded with `seed`.
    """

    problem: Problem
    factory: Material
    devices: Material
    seed: int = 0
    plan: PersonaPlan = field(default_factory=PersonaPlan)
    made: Shipped | None = None
    budget: int | None = None

    @classmethod
    def of(cls, trained: Trained, role: Role = Role.HELD_OUT, plan: PersonaPlan | None = None) -> Bench:
        """Render and embed the devices of `trained`'s own fleet; those of `role` are scored.

        `plan` is the budget of whatever else the methods train.
        """
        seen = Int8Range.from_json(trained.report["embedding"])
        factory, in_field, validation, devices = (
            gather(trained.network, trained.fleet.devices(r), seen)
            for r in (Role.FACTORY, Role.FIELD, Role.VALIDATION, role)
        )
        return cls(
            Problem(trained.network, in_field, validation),
            factory,
            devices,
            int(trained.report["seed"]),
            plan or PersonaPlan(),
            Shipped(trained.editor, trained.prototypes),
            int(trained.report["extra_steps"]),
        )

    @property
    def base(self) -> Tensor:
        """The factory head, float32 [size]."""
        return self.problem.base

    @property
    def persona(self) -> Shipped:
        """Persona as `plan` describes it: the NumPy editor and its table."""
        return self.made or self.variant(self.plan)

    @property
    def layout(self) -> Layout:
        """The adaptive buffer with the T that Persona chose."""
        return self.persona.editor.layout

    @property
    def clip(self) -> Tensor:
        """The T that Persona chose, of every float, float32 [size]."""
        return torch.from_numpy(self.layout.clip_vector.copy())

    @cached_property
    def clips(self) -> tuple[Tensor, ...]:
        """The candidates for T, of every float, float32 [size] each, for methods that choose a T of their own."""
        return tuple(torch.from_numpy(self.problem.layout(clip).clip_vector.copy()) for clip in self.plan.clips)

    @property
    def steps(self) -> int:
        """How many optimiser steps Persona was given in all, behind the base."""
        return self.plan.steps if self.budget is None else self.budget

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What several methods need and `what` names, made seeded when it is first asked for."""
        if what not in self._known:
            with reproducible(self.seed):
                self._known[what] = make()
        known: Made = self._known[what]
        return known

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {}

    def variant(self, plan: PersonaPlan) -> Shipped:
        """Persona trained with another plan, once."""

        def make() -> Shipped:
            persona = fit_persona(self.problem, plan, self.seed, lambda _name: nobody)
            return shipped(persona, self.base, self.problem.field.context)

        return self.once(repr(plan), make)

    @property
    def one_head(self) -> Tensor:
        """The control's head float32 [size]: the factory head trained on all field devices for `steps` steps.

        Its learning rate is the better one of two on the validation devices.
        """
        in_field = self.problem.field
        lesson = Lesson(self.problem.head, self.base, in_field, torch.ones(in_field.devices))

        def make() -> Tensor:
            heads = [fit_head(lesson, Plan(self.steps, rate), nobody) for rate in _RATES]
            return max(heads, key=lambda head: self.validate(everywhere(head, self.problem.validation)))

        return self.once(f"one head, {self.steps} steps", make)

    @property
    def field_head(self) -> Tensor:
        """The factory head trained on all field devices only as long as it helps, float32 [size].

        Of the factory head itself and a head after each of a few numbers of steps it is the best one on the validation
        devices: where closed forms and fine-tuning may start. Where the plan of a prototype's head has more steps, that
        head is one of them.
        """
        in_field = self.problem.field
        lesson = Lesson(self.problem.head, self.base, in_field, torch.ones(in_field.devices))
        plans = [Plan(steps) for steps in _FIELD_STEPS]
        if self.plan.head.steps > max(_FIELD_STEPS):
            plans.append(self.plan.head)

        def make() -> Tensor:
            heads = [self.base, *(fit_head(lesson, plan, nobody) for plan in plans)]
            return max(heads, key=lambda head: self.validate(everywhere(head, self.problem.validation)))

        return self.once("field head", make)

    def accuracy(self, heads: Tensor) -> Tensor:
        """Accuracy of `heads` [d, size] on the devices' evaluation windows, float32 [d]."""
        return self.problem.head.accuracy(*self.devices.targets, heads)

    def best(self, heads_for: Callable[[Material, Choice], Tensor], choices: Iterable[Choice]) -> Choice:
        """The choice whose heads [v, size] are best on the validation devices, the first of equals."""
        return max(choices, key=lambda choice: self.validate(heads_for(self.problem.validation, choice)))

    def choose(self, heads_for: Callable[[Material, Choice], Tensor], choices: Iterable[Choice]) -> Tensor:
        """Heads [d, size] of the scored devices under the choice that is best on the validation devices."""
        return heads_for(self.devices, self.best(heads_for, choices))

    def validate(self, heads: Tensor) -> float:
        """Mean accuracy of `heads` [v, size] over the validation devices."""
        return float(self.problem.head.accuracy(*self.problem.validation.targets, heads).mean())


def everywhere(head: Tensor, material: Material) -> Tensor:
    """The same head float32 [size] on every device, float32 [d, size]."""
    return head.expand(material.devices, -1)


def nobody(done: int, total: int) -> None:
    """Nobody watches these steps."""
