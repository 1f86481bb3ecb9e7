"""One small training for all tests of `models`."""

from __future__ import annotations

import pytest

from models.datasets.digits_fleet import DigitsFleetConfig, Population
from models.editor.fit import Plan
from models.editor.persona import PersonaPlan
from models.train import TrainingPlan, train
from models.trained import Trained

SMALL_FLEET = DigitsFleetConfig(
    factory=Population(6, 128, 0.40, 30.0),
    field=Population(16, 96, 0.30, 80.0),
    validation=Population(4, 64, 0.12, 80.0),
    held_out=Population(8, 64, 0.18, 80.0),
)
SMALL_PLAN = TrainingPlan(
    base_steps=80,
    calibration_windows=32,
    persona=PersonaPlan(
        clips=(0.5, 1.0), minimum=3, editor=Plan(40, rate=1e-2), head=Plan(20), group=Plan(20, rate=5e-3)
    ),
    fleet=SMALL_FLEET,
)


@pytest.fixture(scope="session")
def trained() -> Trained:
    """A model trained for a few seconds: real in every part, too short to be good."""
    return train(0, plan=SMALL_PLAN)
