"""The digits fleet is seeded, and what its devices show is kept apart by role."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.datasets.digits_fleet import DigitsFleet, DigitsFleetConfig, Population
from models.datasets.fleet import Role
from models.errors import FleetError


def test_the_same_seed_gives_the_same_bits() -> None:
    """Two fleets of one seed show the same windows; another seed shows others."""
    first, second, other = DigitsFleet(3), DigitsFleet(3), DigitsFleet(4)
    one, two, three = (fleet.device(Role.HELD_OUT, 1) for fleet in (first, second, other))
    np.testing.assert_array_equal(one.inputs, two.inputs)
    np.testing.assert_array_equal(one.context, two.context)
    assert not np.array_equal(one.inputs, three.inputs)


def test_no_image_has_two_roles() -> None:
    """The pools of the roles are disjoint and cover the whole set by default."""
    fleet = DigitsFleet(0)
    pools = [fleet.pool(role) for role in Role]
    together = np.concatenate(pools)
    assert len(np.unique(together)) == len(together) == 1797


def test_context_and_evaluation_show_different_images() -> None:
    """With shifts that change nothing, no window of the context is found again among the others."""
    still = Population(1, 64, 0.25, 1e-9, contrast=(1, 1), blur_px=(0, 0), noise=(0, 0))
    fleet = DigitsFleet(0, DigitsFleetConfig(factory=still, field=still, validation=still, held_out=still))
    device = fleet.device(Role.HELD_OUT, 0)
    context = {window.tobytes() for window in device.context}
    assert not context & {window.tobytes() for window in device.inputs}


@pytest.mark.parametrize("role", list(Role))
def test_devices_have_the_promised_windows(role: Role) -> None:
    """Each device gives 32 context windows and the configured number of others, float32 16x16 in 0..1."""
    device = DigitsFleet(0).device(role, 0)
    expected = DigitsFleetConfig().population(role).windows
    assert device.context.shape == (32, 16, 16, 1)
    assert device.inputs.shape == (expected, 16, 16, 1)
    assert device.labels.shape == (expected,)
    assert device.inputs.dtype == np.float32
    assert 0 <= device.inputs.min() <= device.inputs.max() <= 1


def test_at_least_eight_devices_are_held_out() -> None:
    """The default fleet reports on eight devices or more, with 64 evaluation windows or more each."""
    held_out = DigitsFleetConfig().held_out
    assert held_out.devices >= 8
    assert held_out.windows >= 64


def test_mounting_angles_are_stratified() -> None:
    """Each of n equal parts of the range holds exactly one device."""
    fleet = DigitsFleet(7)
    population = fleet.config.held_out
    turns = [fleet.shift(Role.HELD_OUT, i).rotation_deg for i in range(population.devices)]
    parts = np.floor((np.array(turns) / population.rotation_deg + 1) / 2 * population.devices)
    assert sorted(parts) == list(range(population.devices))


def test_a_fleet_survives_json() -> None:
    """What `to_json` wrote makes the same fleet, also with another configuration."""
    config = replace(DigitsFleetConfig(), held_out=Population(3, 70, 0.18, 45.0, noise=(0.1, 0.2)))
    fleet = DigitsFleet(5, config)
    again = DigitsFleet.from_json(json.loads(json.dumps(fleet.to_json())))
    assert again.config == config
    np.testing.assert_array_equal(again.device(Role.HELD_OUT, 2).inputs, fleet.device(Role.HELD_OUT, 2).inputs)


@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        (Population(0, 64, 0.18, 80.0), "cannot be made"),
        (Population(8, 5000, 0.18, 80.0), "cannot be made"),
        (Population(8, 64, 0.9, 80.0), "shares"),
        (Population(8, 64, -0.1, 80.0), "shares"),
    ],
)
def test_an_impossible_fleet_is_refused(held_out: Population, message: str) -> None:
    """Too few devices or images, or shares that do not divide the set, are one clear error."""
    with pytest.raises(FleetError, match=message):
        DigitsFleet(0, replace(DigitsFleetConfig(), held_out=held_out))
