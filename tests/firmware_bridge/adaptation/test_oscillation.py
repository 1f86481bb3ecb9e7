"""A stationary device does not swing between prototypes, however often it is asked."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.adaptation.actions import Deliver, Propose, Upload
from firmware_bridge.adaptation.events import Connected, Delivered, Inspected, Proposed, Rebased, Uploaded
from firmware_bridge.adaptation.policy import Policy
from models.editor.assignment import HYSTERESIS, reassign
from tests.firmware_bridge.adaptation.machine_driver import FACTORY, Driver, look

NOISE = 0.999 * HYSTERESIS / (2 - HYSTERESIS)
"""The noise of the norms that the hysteresis is made for (`reassign`)."""


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(0.1, 10), min_size=2, max_size=4),
    st.lists(st.lists(st.floats(-1, 1), min_size=4, max_size=4), min_size=2, max_size=30),
    st.lists(st.floats(0, 0.2), min_size=30, max_size=30),
)
def test_no_prototype_is_taken_up_again_once_it_was_left(
    norms: list[float], noise: list[list[float]], changes: list[float]
) -> None:
    """Even where the drift cries at every look and any change pays, only the cool-down limits how often it is asked."""
    policy = Policy(interval_s=10, drift=6, min_windows=1, min_change=0.1, cool_down_s=60)
    driver = Driver(policy)
    running, serial = FACTORY, 100
    driver.hear(Connected(), look(9.0, serial), FACTORY)
    taken: list[int] = []
    for row, change in zip(noise, changes, strict=False):
        while not isinstance(driver.action, Upload):
            serial += 5
            driver.hear(look(9.0, serial, runs=running))
        propose = driver.hear(Uploaded(32))
        assert isinstance(propose, Propose)
        seen = np.array(norms) * (1 + NOISE * np.array(row[: len(norms)]))
        chosen = 1 + reassign(seen, propose.prototype - 1 if propose.prototype else None)
        if isinstance(driver.hear(Proposed(chosen, change)), Deliver):
            taken.append(chosen)
            running = Inspected(b"%08d" % len(taken), chosen, running.generation + 1, running.counter + 1)
            driver.hear(Delivered(running))
        else:
            driver.hear(Rebased())
    left = [before for before, after in pairwise(taken) if before != after]
    assert len(left) == len(set(left))
    assert not left or taken[-1] not in left
    sent = [when for when, wanted in driver.wanted if isinstance(wanted, Deliver)]
    assert len(sent) <= 1 + (driver.now - 1000.0) / policy.cool_down_s
