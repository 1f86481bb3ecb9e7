"""Sweeps of T and of N_M, as the paper has them (Figure 5, Table 3): everything else stays as the recipe has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final, Literal, cast

import numpy as np

from models.editor.persona import PersonaPlan
from models.evaluation.figures import standard_error
from models.evaluation.materials import joined
from models.evaluation.origin import origin
from models.evaluation.piece import Piece
from models.evaluation.plots import Curve, sweep_plot
from models.evaluation.pool import device_means
from models.evaluation.request import Request
from models.evaluation.scene import Scene, Task, prepared
from models.evaluation.study import Report
from models.evaluation.table import markdown
from models.evaluation.tasks import BASE, Schedule, say_facts, task_name
from models.reproducible import reproducible
from models.rivals.method import Method
from models.rivals.registry import METHODS

Axis = Literal["T", "N_M"]

VALUES: Final[dict[str, tuple[float, ...]]] = {
    "T": (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
    "N_M": (1, 2, 3, 4, 5, 6, 8, 10),
}
EDITORS: Final = ("persona",)


@dataclass(frozen=True, eq=False)
class SweepStudy:
    """One unit for each fold and seed, which goes through all values."""

    schedule: Schedule
    axis: Axis

    @classmethod
    def of(cls, request: Request) -> SweepStudy:
        """Check the request; see `Schedule.of` for its errors."""
        asked = replace(request, editors=request.editors or EDITORS)
        return cls(Schedule.of(asked), cast("Axis", request.sweep))

    def pieces(self) -> list[Piece]:
        """The units."""
        shared = {"editors": self._swept, "axis": self.axis, "values": VALUES[self.axis]}
        return [
            Piece(
                f"{task_name(task)}-{self.axis}",
                "models.evaluation.sweep:run",
                {"task": asdict(task), **shared},
                origin(self.schedule.source.digest),
            )
            for task in self.schedule.tasks
        ]

    @property
    def _swept(self) -> list[str]:
        return [name for name in self.schedule.editors if name != BASE]

    def report(self, results: Sequence[dict[str, Any]]) -> Report:
        """A row for each value, and the curves."""
        facts = self.schedule.facts(results)
        base = device_means(results, [result["base"] for result in results])
        curves = [_curve(results, name, self.axis) for name in self._swept]
        title = f"{facts['data']['title']}: {self.axis}"
        plot = partial(sweep_plot, title, self.axis, curves, float(base.mean()), logarithmic=self.axis == "T")
        values = {"sweep": self.axis, "base": float(base.mean()), "curves": [asdict(curve) for curve in curves]}
        return Report(f"{say_facts(facts)}\n\n{_table(self.axis, curves)}", {**facts, **values}, plot)


def _curve(results: Sequence[Mapping[str, Any]], name: str, axis: str) -> Curve:
    """Over devices, each with its mean over seeds; chosen is what is best on the validation devices of all units."""
    values = VALUES[axis]
    own = [[result["curves"][name][place] for result in results] for place in range(len(values))]
    scores = [device_means(results, [point["device"] for point in points]) for points in own]
    judged = [float(np.mean([point["validation"] for point in points])) for points in own]
    return Curve(
        name,
        values,
        [float(score.mean()) for score in scores],
        [standard_error(score) for score in scores],
        [values[int(np.argmax(judged))]],
        judged,
    )


def _table(axis: str, curves: Sequence[Curve]) -> str:
    head = [axis, *(f"{curve.name}{what}" for curve in curves for what in ("", " +-", ", validation"))]
    body = [
        [
            f"{value:g}",
            *(
                text
                for curve in curves
                for text in (
                    f"{curve.means[place]:.3f}" + ("*" if value in curve.chosen else ""),
                    f"{curve.errors[place]:.3f}",
                    f"{curve.validation[place]:.3f}",
                )
            ),
        ]
        for place, value in enumerate(VALUES[axis])
    ]
    return markdown(head, body)


def run(task: Mapping[str, Any], editors: Sequence[str], axis: str, values: Sequence[float]) -> dict[str, Any]:
    """One unit: accuracies of the held-out devices, and the mean over the validation devices, at every value."""
    known = Task(**task)
    with prepared(known) as scene:
        curves = {name: [_point(scene, METHODS[name], axis, value) for value in values] for name in editors}
        plain = scene.bench.base.expand(len(scene.held_out), -1)
        return {
            **asdict(known),
            **scene.about(known.seed),
            "base": scene.judge.on_device(plain).tolist(),
            "curves": curves,
        }


def _point(scene: Scene, method: Method, axis: str, value: float) -> dict[str, Any]:
    own, count = scene.bench, len(scene.held_out)
    both = replace(own, plan=at(own.plan, axis, value), devices=joined(own.devices, own.problem.validation))
    with reproducible(own.seed):
        heads = method.run(both).heads
    return {"device": scene.judge.on_device(heads[:count]).tolist(), "validation": own.validate(heads[count:])}


def at(plan: PersonaPlan, axis: str, value: float) -> PersonaPlan:
    """`plan` with one value of T, or of N_M."""
    return replace(plan, clips=(float(value),)) if axis == "T" else replace(plan, prototypes=int(value))
