"""The whole training, from a seed to a `Trained`."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from models.base import BasePlan, fit_base
from models.datasets.digits_fleet import DigitsFleet, DigitsFleetConfig
from models.datasets.fleet import DeviceData, Role
from models.editor.fit import Step
from models.editor.material import embed, gather
from models.editor.persona import Persona, PersonaPlan, fit_persona
from models.editor.problem import Problem
from models.editor.runtime_editor import runtime_editor
from models.networks.dscnn import DsCnn
from models.quantise import Int8Range
from models.reproducible import reproducible
from models.trained import Trained
from toolchain.progress import Progress, silent


@dataclass(frozen=True)
class TrainingPlan:
    """Budgets; the default is what ships."""

    base_steps: int = 500
    calibration_windows: int = 256
    persona: PersonaPlan = field(default_factory=PersonaPlan)
    fleet: DigitsFleetConfig = field(default_factory=DigitsFleetConfig)


def train(seed: int = 0, progress: Progress = silent, plan: TrainingPlan | None = None) -> Trained:
    """Train base, prototypes and editor on the digits fleet of `seed`.

    The same seed gives the same bits on one machine. `progress` is told of every step, by stage.
    """
    plan = plan or TrainingPlan()
    with reproducible(seed):
        return _train(seed, progress, plan)


def _train(seed: int, progress: Progress, plan: TrainingPlan) -> Trained:
    clock = _Clock(progress)
    progress("fleet", 0, 1)
    fleet = DigitsFleet(seed, plan.fleet)
    factory, in_field, validation = (fleet.devices(role) for role in (Role.FACTORY, Role.FIELD, Role.VALIDATION))
    clock.stage("fleet")(1, 1)

    network = DsCnn(classes=fleet.classes)
    fit_base(network, factory, BasePlan(plan.base_steps), clock.stage("base"))
    calibration = calibration_windows(factory, in_field, plan.calibration_windows)
    seen = Int8Range.of(embed(network, calibration))
    problem = Problem(network, gather(network, in_field, seen), gather(network, validation, seen))
    persona = fit_persona(problem, plan.persona, seed, clock.stage)
    report = {
        "seed": seed,
        "embedding": seen.to_json(),
        "extra_steps": plan.persona.steps,
        "validation": {"accuracy_home": _accuracy(network, fleet.at_home()), **_validation(persona, problem)},
        "seconds": clock.seconds(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
    }
    return Trained(
        network=network,
        layout=persona.layout,
        prototypes=np.concatenate([problem.base.numpy()[None], persona.prototypes.numpy()]),
        editor=runtime_editor(persona, plan.fleet.context_windows),
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
        windows = np.stack([d.inputs for d in devices], axis=1).reshape(-1, *devices[0].inputs.shape[1:])
        halves.append(windows[:part])
    return np.concatenate(halves)


def _accuracy(network: DsCnn, devices: tuple[DeviceData, ...]) -> float:
    """Mean accuracy of the base over `devices`."""
    with torch.no_grad():
        hits = [network(torch.from_numpy(d.inputs)).argmax(1).numpy() == d.labels for d in devices]
    return float(np.mean([hit.mean() for hit in hits]))


def _validation(persona: Persona, problem: Problem) -> dict[str, Any]:
    head, validation = problem.head, problem.validation
    chosen, heads = persona.heads(validation.contexts)
    everywhere = problem.base.expand(validation.devices, -1)
    return {
        "devices": validation.devices,
        "accuracy_before": float(head.accuracy(*validation.targets, everywhere).mean()),
        "accuracy_after": float(head.accuracy(*validation.targets, heads).mean()),
        "encoder": persona.editors[0].spec.encoder,
        "sweep": persona.sweep,
        "clip": persona.layout.tensors[0].clip,
        "group_sizes": [int(n) for n in persona.groups.sum(1)],
        "assigned": np.bincount(chosen, minlength=len(persona.editors)).tolist(),
    }


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
