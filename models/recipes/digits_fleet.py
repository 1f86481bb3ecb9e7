"""The digits fleet: what ships."""

from __future__ import annotations

from typing import Final

from models.networks.dscnn import DsCnn
from models.recipes.recipe import Recipe


def network(input_shape: tuple[int, ...], classes: int) -> DsCnn:
    """A DS-CNN for square windows with one channel."""
    return DsCnn(size=input_shape[0], classes=classes)


RECIPE: Final = Recipe(network)
