"""Fleets by name, so that a trained model can show its devices again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.datasets import digits_fleet
from models.datasets.fleet import Fleet
from models.errors import TrainedError


def make_fleet(values: Mapping[str, Any]) -> Fleet:
    """The fleet that its `to_json()` described.

    Raises:
        TrainedError: this version knows no such fleet.
    """
    name = values.get("name")
    if name != digits_fleet.NAME:
        raise TrainedError(
            f"no fleet is called {name!r}", expected=digits_fleet.NAME, remedy="train again with this version"
        )
    return digits_fleet.DigitsFleet.from_json(dict(values))
