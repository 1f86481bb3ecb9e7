"""The pieces of an evaluation: all methods on one fold and seed, or one of its sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.evaluation.measure import measure
from models.evaluation.scene import Task, prepared
from models.evaluation.selection import pick
from models.rivals.registry import METHODS


def run(task: Mapping[str, Any], editors: Sequence[str], *, guarded: bool) -> dict[str, Any]:
    """Every method's scores on the held-out devices of `task`, see `models.evaluation.measure.Measured`."""
    known = Task(**task)
    methods = pick(editors, METHODS, "editor")
    with prepared(known) as scene:
        scored = guarded and _frozen(scene.bench.devices.frozen_labels)
        measured = {m.name: measure(m, scene.bench, scene.judge, scene.model.base, guarded=scored) for m in methods}
        return {
            **asdict(known),
            **scene.about(known.seed),
            "methods": {name: own.to_json() for name, own in measured.items()},
        }


def _frozen(labels: Any) -> bool:
    """Whether the devices have windows that a guard may look at."""
    return bool(labels.shape[1])
