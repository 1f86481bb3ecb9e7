"""All editors on all folds and seeds: the table that `persona evaluate` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from models.evaluation.figures import Figures
from models.evaluation.origin import origin
from models.evaluation.piece import Piece
from models.evaluation.plots import method_plot
from models.evaluation.pool import Row, rows
from models.evaluation.request import Request
from models.evaluation.study import Report
from models.evaluation.table import render, render_costs, render_guarded
from models.evaluation.tasks import Schedule, say_facts, task_name


@dataclass(frozen=True, eq=False)
class EditorStudy:
    """One unit for each fold and seed."""

    schedule: Schedule

    @classmethod
    def of(cls, request: Request) -> EditorStudy:
        """Check the request; see `Schedule.of` for its errors."""
        return cls(Schedule.of(request))

    def pieces(self) -> list[Piece]:
        """The units."""
        plan, depends = self.schedule, origin(self.schedule.source.digest)
        shared = {"editors": plan.editors, "guarded": plan.request.guarded}
        runner = "models.evaluation.unit:run"
        return [Piece(task_name(task), runner, {"task": asdict(task), **shared}, depends) for task in plan.tasks]

    def report(self, results: Sequence[dict[str, Any]]) -> Report:
        """The tables, the rows as JSON, and a bar for each method."""
        found, facts = rows(results, self.schedule.methods), self.schedule.facts(results)
        parts = (say_facts(facts), render(found), render_guarded(found), render_costs(found))
        text = "\n\n".join(part for part in parts if part)
        values = {**facts, "rows": [row.to_json() for row in found]}
        return Report(text, values, partial(plot_of, facts["data"]["title"], found))


def plot_of(title: str, found: Sequence[Row]) -> str:
    """A bar for each method, the interval of its gain around it."""
    base = found[0].device.mean
    return method_plot(title, {row.method: _bar(row.device, base) for row in found}, base)


def _bar(own: Figures, base: float) -> tuple[float, float, float]:
    return own.mean, base + own.low, base + own.high
