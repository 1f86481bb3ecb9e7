"""The whole training, from a seed and a fleet to a `Trained`."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.base import fit_base
from models.datasets.digits_fleet import NAME, DigitsFleet, DigitsFleetConfig
from models.datasets.fleet import DeviceData, Fleet, Home, Role
from models.editor.fit import Step
from models.editor.material import embed, gather
from models.editor.persona import Persona, PersonaPlan, fit_persona
from models.editor.problem import Problem
from models.editor.runtime_editor import runtime_editor
from models.errors import FleetError
from models.quantise import Int8Range
from models.recipes import digits_fleet
from models.recipes.changed import changed
from models.recipes.recipe import Recipe
from models.recipes.registry import open_task
from models.reproducible import reproducible
from models.trained import Trained
from toolchain.layout import Layout
from toolchain.progress import Progress, silent


@dataclass(frozen=True)
class TrainingPlan:
    """Budgets for the digits fleet, which is what ships; other data sets have recipes of their own."""

    base_steps: int = 500
    calibration_windows: int = 256
    persona: PersonaPlan = field(default_factory=PersonaPlan)
    fleet: DigitsFleetConfig = field(default_factory=DigitsFleetConfig)

    @property
    def recipe(self) -> Recipe:
        """The same as a recipe."""
        return replace(
            digits_fleet.RECIPE,
            base=replace(digits_fleet.RECIPE.base, steps=self.base_steps),
            persona=self.persona,
            calibration_windows=self.calibration_windows,
        )


def train(  # noqa: PLR0913  # what is trained, on whom, and who hears of it
    seed: int = 0,
    progress: Progress = silent,
    plan: TrainingPlan | Recipe | None = None,
    *,
    dataset: str | Path | None = None,
    fold: int = 0,
    network: Mapping[str, str] | None = None,
) -> Trained:
    """Train base, prototypes and editor on the digits fleet of `seed`, or on fold `fold` of another data set.

    Args:
        seed: the same seed gives the same bits on one machine.
        progress: told of every step, by stage.
        plan: budgets; by default those that ship, or the recipe of the data set.
        dataset: a name or a path that `models.datasets.registry.open_recordings` knows.
        fold: which devices are held out; the digits fleet has no folds.
        network: arguments of the recipe's network that shall be others, as `models.recipes.changed.changed` takes them.

    Raises:
        FleetError: the data set cannot be read or divided.
        NetworkError: the network cannot be changed so.
    """
    if dataset is None or str(dataset) == NAME:
        if fold:
            raise FleetError(
                "the digits fleet has no folds: each seed makes its own held-out devices",
                expected="a data set beside --fold",
                received=f"fold {fold} of {NAME}",
                remedy="add --dataset, or choose another --seed",
            )
        chosen = plan if isinstance(plan, TrainingPlan) else TrainingPlan()
        recipe = plan if isinstance(plan, Recipe) else chosen.recipe
        return train_fleet(DigitsFleet(seed, chosen.fleet), changed(recipe, network or {}), seed, progress)
    fleet, own = open_task(dataset, fold=fold, seed=seed)
    recipe = plan if isinstance(plan, Recipe) else own
    return train_fleet(fleet, changed(recipe, network or {}), seed, progress)


def train_fleet(fleet: Fleet, recipe: Recipe, seed: int, progress: Progress = silent) -> Trained:
    """Train base, prototypes and editor on any fleet, as `recipe` says."""
    with reproducible(seed):
        return _train(fleet, recipe, seed, progress)


def _train(fleet: Fleet, recipe: Recipe, seed: int, progress: Progress) -> Trained:
    clock = _Clock(progress)
    progress("fleet", 0, 1)
    factory, in_field, validation = (fleet.devices(role) for role in (Role.FACTORY, Role.FIELD, Role.VALIDATION))
    clock.stage("fleet")(1, 1)

    network = recipe.network(factory[0].inputs.shape[1:], fleet.classes)
    fit_base(network, factory, recipe.base, clock.stage("base"))
    calibration = calibration_windows(factory, in_field, recipe.calibration_windows)
    seen = Int8Range.of(embed(network, calibration))
    problem = Problem(network, gather(network, in_field, seen), gather(network, validation, seen))
    persona = fit_persona(problem, recipe.persona, seed, clock.stage)
    report = {
        "seed": seed,
        "embedding": seen.to_json(),
        "extra_steps": recipe.persona.steps,
        "validation": {**_at_home(network, fleet), **_validation(persona, problem)},
        "seconds": clock.seconds(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
    }
    return Trained(
        network=network,
        layout=persona.layout,
        prototypes=np.concatenate([problem.base.numpy()[None], persona.prototypes.numpy()]),
        editor=runtime_editor(persona, problem.field.context),
        calibration=calibration,
        fleet=fleet,
        report=report,
    )


def calibration_windows(
    factory: tuple[DeviceData, ...], in_field: tuple[DeviceData, ...], count: int
) -> npt.NDArray[np.float32]:
    """Unlabelled windows float32 [count, *input], in equal parts from the training devices of both kinds."""
    halves = []
    for devices, part in ((factory, count // 2), (in_field, count - count // 2)):
        # As many from each device; windows in turn, so that a part of them still shows every device.
        least = min(len(d.inputs) for d in devices)
        windows = np.stack([d.inputs[:least] for d in devices], axis=1).reshape(-1, *devices[0].inputs.shape[1:])
        halves.append(windows[:part])
    return np.concatenate(halves)


def _at_home(network: nn.Module, fleet: Fleet) -> dict[str, float]:
    """Mean accuracy of the base on devices without their shift, where a fleet can show such."""
    if not isinstance(fleet, Home):
        return {}
    with torch.no_grad():
        hits = [network(torch.from_numpy(d.inputs)).argmax(1).numpy() == d.labels for d in fleet.at_home()]
    return {"accuracy_home": float(np.mean([hit.mean() for hit in hits]))}


def _validation(persona: Persona, problem: Problem) -> dict[str, Any]:
    head, validation = problem.head, problem.validation
    chosen, heads = persona.heads(validation.contexts, validation.context_labels)
    everywhere = problem.base.expand(validation.devices, -1)
    return {
        "devices": validation.devices,
        "accuracy_before": float(head.accuracy(*validation.targets, everywhere).mean()),
        "accuracy_after": float(head.accuracy(*validation.targets, heads).mean()),
        "encoder": persona.editors[0].spec.encoder,
        "sweep": persona.sweep,
        "clip": _clip(persona.layout),
        "group_sizes": [int(n) for n in persona.groups.sum(1)],
        "assigned": np.bincount(chosen, minlength=len(persona.editors)).tolist(),
    }


def _clip(layout: Layout) -> float | dict[str, float]:
    """T, or that of every tensor where they differ."""
    clips = {tensor.name: tensor.clip for tensor in layout.tensors}
    return clips if len(set(clips.values())) > 1 else layout.tensors[0].clip


class _Clock:
    """Passes progress on and remembers the seconds of every stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._marks: list[tuple[str, float]] = [("", time.perf_counter())]

    def stage(self, name: str) -> Step:
        def step(done: int, total: int) -> None:
            self._progress(name, done, total)
            if done == total:
                self._marks.append((name, time.perf_counter()))

        return step

    def seconds(self) -> dict[str, float]:
        pairs = zip(self._marks, self._marks[1:], strict=False)
        return {name: round(after - before, 3) for (_, before), (name, after) in pairs}
