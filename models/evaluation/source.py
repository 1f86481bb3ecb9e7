"""A data set by the name or path that `persona evaluate` is given, as fleets by fold and seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from models.datasets import digits_fleet
from models.datasets.digits_fleet import DigitsFleet
from models.datasets.fleet import DeviceData, Fleet, Role
from models.datasets.folds import Split
from models.datasets.recordings import Recordings
from models.datasets.registry import FLEETS, fleet_of, open_recordings
from models.errors import StudyError
from models.recipes.recipe import Recipe
from models.recipes.registry import recipe_for


@dataclass(frozen=True, eq=False)
class Source:
    """What is evaluated; `recordings` is None for the digits fleet, which comes with scikit-learn."""

    name: str
    recordings: Recordings | None
    recipe: Recipe

    @property
    def recorded(self) -> bool:
        """Whether the devices are those of the set; otherwise each seed makes its own, and there is nothing to fold."""
        return self.recordings is not None and self.recordings.origin.name not in FLEETS

    @property
    def digest(self) -> str:
        """Of the data, in hexadecimal; of the configuration where the devices are simulated."""
        if self.recordings is not None:
            return self.recordings.digest
        text = json.dumps(DigitsFleet(0).to_json()["config"], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def about(self) -> dict[str, Any]:
        """What a report says of its data."""
        if self.recordings is None:
            return {"name": self.name, "title": "scikit-learn's digits on simulated devices", "sha256": self.digest}
        known = self.recordings
        origin = {"title": known.origin.title, "source": known.origin.source, "licence": known.origin.licence}
        counts = {"windows": known.windows, "classes": len(known.classes)}
        return {"name": self.name, **origin, **counts, "sha256": self.digest}

    def folds(self, asked: int | None) -> int:
        """How many folds: those asked for, or what suits the set.

        Raises:
            StudyError: more folds than devices, fewer than two, or folds of simulated devices.
        """
        if self.recordings is None or not self.recorded:
            if asked not in {None, 1}:
                raise StudyError(
                    f"{self.name} has no folds: each seed makes its own held-out devices",
                    expected="--folds 1",
                    received=f"--folds {asked}",
                    remedy="ask for more --seeds instead",
                )
            return 1
        devices = len(self.recordings.recordings)
        folds = min(self.recipe.split.folds, devices) if asked is None else asked
        if not 2 <= folds <= devices:  # noqa: PLR2004 (one part is held out, another one is learned from)
            raise StudyError(
                f"{self.name} cannot be divided into {folds} folds by device",
                expected=f"2 to {devices} folds, for {devices} devices",
                received=f"--folds {folds}",
            )
        return folds

    def context(self, asked: int | None) -> int:
        """Windows of context: those asked for, or what suits the set."""
        own = DigitsFleet(0).config.context_windows if self.recordings is None else self.recipe.split.context
        return asked or own

    def fleet(self, split: Split) -> Fleet:
        """The devices of one fold and seed.

        Raises:
            FleetError: the set cannot be divided like that.
        """
        if self.recordings is not None:
            return fleet_of(self.recordings, split)
        config = replace(DigitsFleet(split.seed).config, context_windows=split.context)
        return DigitsFleet(split.seed, config)

    def check(self, fold: int, folds: int, seed: int, context: int) -> None:
        """Whether this fold can be made.

        Raises:
            FleetError: it cannot.
        """
        fleet = self.fleet(self.split(fold, folds, seed, context))
        if self.recorded:
            for role in Role:
                fleet.devices(role)

    def split(self, fold: int, folds: int, seed: int, context: int) -> Split:
        """The split of one fold and seed, its shares from the recipe."""
        return replace(self.recipe.split, fold=fold, folds=max(folds, 1), seed=seed, context=context)

    def device_name(self, device: DeviceData, seed: int) -> str:
        """Under which a device's figures are gathered; those that each seed makes are different devices."""
        return device.name if self.recorded else f"seed {seed}, {device.name}"


def open_source(name: str) -> Source:
    """The data set `name`: a known one, or a path.

    Raises:
        FleetError: there is none, or it cannot be read.
    """
    if name == digits_fleet.NAME:
        return Source(name, None, recipe_for(name, (digits_fleet.SENSOR, digits_fleet.SENSOR, 1)))
    recordings = open_recordings(name)
    return Source(name, recordings, recipe_for(recordings.origin.name, recordings.input_shape))
