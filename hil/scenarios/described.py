"""Scenarios and steps as rows for people."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from hil.scenarios.registry import STEPS
from hil.scenarios.scenario import Scenario, Step


def scenario_rows(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """Name, sentence, needs and the names of the steps."""
    return [
        {
            "name": scenario.name,
            "about": scenario.about,
            "needs": list(scenario.needs),
            "steps": [step.NAME for step in scenario.steps],
        }
        for scenario in scenarios
    ]


def step_rows() -> list[dict[str, Any]]:
    """How each step is written, with its defaults, and what it does."""
    return [{"name": name, "use": _use(name, kind), "about": _sentence(kind)} for name, kind in STEPS.items()]


def _use(name: str, kind: type[Step]) -> str:
    arguments = [f"{field.name}: {_shown(field.default)}" for field in fields(kind)]  # type: ignore[arg-type]
    return f"{name}: {{{', '.join(arguments)}}}" if arguments else name


def _shown(value: object) -> str:
    if value is None:
        return "N"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sentence(kind: type[Step]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
