"""Hysteresis makes devices keep their prototype."""

from __future__ import annotations

from models.rivals.bench import Bench
from models.steadiness import steadiness
from models.trained import Trained


def test_devices_switch_less_with_hysteresis(trained: Trained) -> None:
    """The more, the less; near 1 never; accuracies are shares."""
    free, held, frozen = steadiness(Bench.of(trained), 0, (0.0, 0.2, 0.999))
    assert free.switches >= held.switches >= frozen.switches == 0
    assert 0 <= held.switching <= 1
    assert all(0 <= row.accuracy <= 1 for row in (free, held, frozen))
