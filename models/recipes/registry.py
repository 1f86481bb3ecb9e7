"""Recipes by the name of the data set; a set without one of its own gets one for the shape of its windows.

A new recipe is one file with a `RECIPE`, and one line here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from models.datasets.fleet import Fleet
from models.datasets.registry import fleet_of, open_recordings
from models.recipes import default, digits_fleet, usps_mnist, wisdm
from models.recipes.recipe import Recipe

RECIPES: Final[dict[str, Recipe]] = {
    "digits_fleet": digits_fleet.RECIPE,
    "usps_mnist": usps_mnist.RECIPE,
    "mnist_usps": usps_mnist.RECIPE,
    "wisdm": wisdm.RECIPE,
}


def recipe_for(name: str, input_shape: tuple[int, ...]) -> Recipe:
    """The recipe of the set `name`, or the one for windows of this shape.

    Raises:
        FleetError: the set has no recipe, and no network reads such windows.
    """
    return RECIPES[name] if name in RECIPES else default.recipe_for(input_shape)


def open_task(dataset: str | Path, *, fold: int, seed: int) -> tuple[Fleet, Recipe]:
    """A fold of a data set as a fleet, and how it is learned.

    Raises:
        FleetError: the data set cannot be read or divided, or nobody knows a network for it.
    """
    recordings = open_recordings(dataset)
    recipe = recipe_for(recordings.origin.name, recordings.input_shape)
    return fleet_of(recordings, replace(recipe.split, fold=fold, seed=seed)), recipe
