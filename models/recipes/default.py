"""For sets that nobody has written a recipe for: a network by the shape of their windows, and modest budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from models.base import BasePlan
from models.editor.persona import PersonaPlan
from models.errors import FleetError
from models.networks.dscnn import DsCnn
from models.networks.mlp import Mlp
from models.recipes.recipe import Recipe

_PERSONA: Final = PersonaPlan(clips=(0.05, 0.1, 0.25, 0.5), prototypes=2, minimum=3)


def _mlp(input_shape: tuple[int, ...], classes: int) -> Any:
    return Mlp(inputs=input_shape[0], shared=(64,), adaptive=(32,), classes=classes)


def _dscnn(input_shape: tuple[int, ...], classes: int) -> Any:
    return DsCnn(size=input_shape[0], classes=classes)


FLAT: Final = Recipe(_mlp, BasePlan(steps=400, rate=3e-3), _PERSONA)
IMAGES: Final = replace(FLAT, network=_dscnn, base=BasePlan())


def recipe_for(input_shape: tuple[int, ...]) -> Recipe:
    """An MLP for features [f], a DS-CNN for square images [size, size, 1].

    Raises:
        FleetError: windows of another shape.
    """
    match input_shape:
        case (_,):
            return FLAT
        case (height, width, 1) if height == width and height % 4 == 0:
            return IMAGES
    raise FleetError(
        "no network is known for such windows",
        expected="features [f] or square images [size, size, 1] with a size divisible by 4",
        received=str(list(input_shape)),
        remedy="write a recipe for the set: models/recipes",
    )
