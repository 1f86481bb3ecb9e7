"""Everything that the methods of one fold and seed share: the base, its device, and the bench they work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from models.base import BasePlan, fit_base
from models.datasets.fleet import DeviceData, Fleet, Home, Role
from models.editor.fit import Plan
from models.editor.persona import PersonaPlan
from models.editor.problem import Problem
from models.evaluation.choices import RememberingBench
from models.evaluation.device_model import DeviceModel
from models.evaluation.judge import Judge
from models.evaluation.materials import material_of
from models.evaluation.networks import network_for
from models.evaluation.source import Source, open_source
from models.recipes.recipe import Recipe
from models.reproducible import reproducible
from models.train import calibration_windows


@dataclass(frozen=True)
class Task:
    """One fold and one seed of a data set.

    `network` is a name, or None for the recipe's; `budget` scales all numbers of training steps, for a quick look.
    """

    dataset: str
    fold: int
    folds: int
    seed: int
    context: int
    network: str | None = None
    budget: float = 1.0


@dataclass(frozen=True, eq=False)
class Scene:
    """The base of a task in float and on its device, the methods' bench, and the judge of the held-out devices."""

    source: Source
    network: Any
    model: DeviceModel
    bench: RememberingBench
    judge: Judge
    home: Judge
    held_out: tuple[DeviceData, ...]

    def about(self, seed: int) -> dict[str, Any]:
        """Who was scored on how many windows, who was learned from, and with what network."""
        return {
            "devices": [self.source.device_name(device, seed) for device in self.held_out],
            "windows": [len(device.labels) for device in self.held_out],
            "roles": {
                "factory": self.bench.factory.devices,
                "field": self.bench.problem.field.devices,
                "validation": self.bench.problem.validation.devices,
            },
            "home": self.at_home(),
            "network": str(self.network.name),
            "parameters": len(self.bench.base),
        }

    def at_home(self) -> float | None:
        """The base's mean accuracy, as a device has it, without the shift; None where nobody can show that."""
        scores = self.home.on_device(self.bench.base.expand(self.home.devices, -1))
        return float(scores.mean()) if len(scores) else None


@contextmanager
def prepared(task: Task) -> Iterator[Scene]:
    """Train and compile the base of `task`; inside the block torch is seeded and has one thread.

    Raises:
        FleetError: the data set is not there or cannot be divided like that.
        ToolchainError: the network cannot be compiled.
    """
    source = open_source(task.dataset)
    fleet = source.fleet(source.split(task.fold, task.folds, task.seed, task.context))
    recipe = scaled(source.recipe, task.budget)
    roles = {role: fleet.devices(role) for role in Role}
    shape, factory = roles[Role.FACTORY][0].inputs.shape[1:], roles[Role.FACTORY]
    with reproducible(task.seed):
        make = recipe.network if task.network is None else _named(task.network)
        network = make(shape, fleet.classes)
        fit_base(network, factory, recipe.base, _nobody)
        calibration = calibration_windows(factory, roles[Role.FIELD], recipe.calibration_windows)
        with DeviceModel.build(network, calibration) as model:
            materials = {role: material_of(model, devices) for role, devices in roles.items()}
            problem = Problem(network, materials[Role.FIELD], materials[Role.VALIDATION])
            bench = RememberingBench(
                problem, materials[Role.FACTORY], materials[Role.HELD_OUT], task.seed, recipe.persona
            )
            held_out = roles[Role.HELD_OUT]
            judge, home = (Judge(model, network, problem.head, shown) for shown in (held_out, _at_home(fleet)))
            yield Scene(source, network, model, bench, judge, home, held_out)


def scaled(recipe: Recipe, budget: float) -> Recipe:
    """The recipe with `budget` times its steps, at least one of each."""
    if budget == 1:
        return recipe
    return replace(recipe, base=_shorter(recipe.base, budget), persona=shorter_plan(recipe.persona, budget))


def shorter_plan(plan: PersonaPlan, budget: float) -> PersonaPlan:
    """The plan with `budget` times its steps."""
    parts: dict[str, Plan] = {name: _steps(getattr(plan, name), budget) for name in ("editor", "head", "group")}
    return replace(plan, **parts)  # type: ignore[arg-type]


def _steps(plan: Plan, budget: float) -> Plan:
    return replace(plan, steps=max(1, round(plan.steps * budget)))


def _shorter(plan: BasePlan, budget: float) -> BasePlan:
    return replace(plan, steps=max(1, round(plan.steps * budget)))


def _at_home(fleet: Fleet) -> tuple[DeviceData, ...]:
    return fleet.at_home() if isinstance(fleet, Home) else ()


def _named(name: str) -> Any:
    return lambda shape, classes: network_for(name, shape, classes)


def _nobody(done: int, total: int) -> None:
    """Nobody watches these steps."""
