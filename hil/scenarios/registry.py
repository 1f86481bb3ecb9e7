"""The steps that a scenario may have: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hil.scenarios.scenario import Step
from hil.scenarios.steps.accuracy import Accuracy
from hil.scenarios.steps.boot import Boot
from hil.scenarios.steps.confirm import Confirm
from hil.scenarios.steps.cut_power import CutPower
from hil.scenarios.steps.drift import Drift
from hil.scenarios.steps.edit import EditStep
from hil.scenarios.steps.golden import GoldenVectors
from hil.scenarios.steps.revert import Revert
from hil.scenarios.steps.soak import Soak
from hil.scenarios.steps.verify import Verify

STEPS: Final[Mapping[str, type[Step]]] = MappingProxyType(
    {
        step.NAME: step
        for step in (Boot, GoldenVectors, Accuracy, Drift, EditStep, Verify, Confirm, Revert, CutPower, Soak)
    }
)
