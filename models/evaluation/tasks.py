"""The folds and seeds of a request, checked before anything is computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.errors import StudyError
from models.evaluation.networks import BY_SHAPE
from models.evaluation.origin import versions
from models.evaluation.request import Request
from models.evaluation.scene import Task
from models.evaluation.selection import pick
from models.evaluation.source import Source, open_source
from models.rivals.method import Method
from models.rivals.registry import METHODS

BASE: Final = next(iter(METHODS))


@dataclass(frozen=True, eq=False)
class Schedule:
    """The data set, the tasks (all folds of a seed, then the next seed) and the methods, the base first."""

    request: Request
    source: Source
    tasks: tuple[Task, ...]
    methods: tuple[Method, ...]

    @classmethod
    def of(cls, request: Request) -> Schedule:
        """Open the data set and check everything that can be checked without training.

        Raises:
            StudyError: an unknown editor or model, no seeds, impossible folds.
            FleetError: no such data set, or one that cannot be divided as asked.
        """
        if request.network is not None:
            pick([request.network], BY_SHAPE, "model")
        methods = chosen(request.editors)
        if request.seeds < 1 or request.budget <= 0:
            raise StudyError(
                "nothing can be evaluated like this",
                expected="at least one seed, and a budget above 0",
                received=f"{request.seeds} seeds, budget {request.budget:g}",
            )
        source = open_source(request.dataset)
        folds, context = source.folds(request.folds), source.context(request.context)
        tasks = tuple(
            Task(request.dataset, fold, folds, seed, context, request.network, request.budget)
            for seed in range(request.seeds)
            for fold in range(folds)
        )
        for task in tasks:
            source.check(task.fold, task.folds, task.seed, task.context)
        return cls(request, source, tasks, methods)

    @property
    def editors(self) -> list[str]:
        """Names of the methods."""
        return [method.name for method in self.methods]

    def facts(self, units: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Date, versions, data, seeds and folds: what a table says under it."""
        first = self.tasks[0]
        return {
            "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
            "versions": versions(),
            "data": self.source.about(),
            "model": units[0]["network"],
            "parameters": units[0]["parameters"],
            "seeds": list(range(self.request.seeds)),
            "folds": first.folds,
            "context": first.context,
            "budget": first.budget,
            "devices": len({name for unit in units for name in unit["devices"]}),
            "roles": units[0]["roles"],
            "accuracy_home": home(units),
        }


def home(units: Sequence[Mapping[str, Any]]) -> float | None:
    """Mean accuracy of the bases where there is no shift; None where nobody knows."""
    known = [unit["home"] for unit in units if unit["home"] is not None]
    return sum(known) / len(known) if known else None


def chosen(editors: Sequence[str] | None) -> tuple[Method, ...]:
    """The methods by name, the base first; all of them for None.

    Raises:
        StudyError: there is no method of that name.
    """
    names = list(METHODS) if editors is None else [BASE, *editors]
    return tuple(pick(names, METHODS, "editor"))


def task_name(task: Task) -> str:
    """For people and for file names."""
    stem = "".join(c if c.isalnum() else "_" for c in task.dataset.rsplit("/", 1)[-1])
    return f"{stem}-seed{task.seed}-fold{task.fold}"


def say_facts(about: Mapping[str, Any]) -> str:
    """Two lines for people: what was evaluated, on what, when and with which versions."""
    seeds, known = about["seeds"], about["versions"]
    return (
        f"{about['data']['title']}: {about['devices']} held-out devices, {about['folds']} fold(s), "
        f"seeds {seeds[0]} to {seeds[-1]}, context {about['context']}; {about['model']}, "
        f"{about['parameters']:,} adaptive parameters\n"
        f"{about['date']}, Python {known['python']}, torch {known['torch']}, NumPy {known['numpy']}; "
        f"data {about['data']['sha256'][:16]}"
        + ("" if about["accuracy_home"] is None else f"; base at home {about['accuracy_home']:.3f}")
    )
