"""For sets that nobody has written a recipe for: a network by the shape of their windows, and modest budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from models.base import BasePlan
from models.editor.fit import Plan
from models.editor.persona import PersonaPlan
from models.errors import FleetError
from models.networks.conv1d import Conv1d
from models.networks.dscnn import DsCnn
from models.networks.mlp import Mlp
from models.networks.mobilenetv3 import MobileNetV3
from models.recipes.recipe import Recipe

# Recorded fleets are small: with ten field devices, prototypes and an undisturbed editor learn those devices by heart.
_DISTURBED: Final = Plan(steps=150, rate=3e-3, norm_penalty=1.0, noise=0.3, dropout=0.2, smoothing=0.1)
_PERSONA: Final = PersonaPlan(
    clips=(0.02, 0.05, 0.1), prototypes=0, editor=_DISTURBED, group=replace(_DISTURBED, steps=100, rate=1e-3)
)


def _mlp(input_shape: tuple[int, ...], classes: int) -> Any:
    return Mlp(inputs=input_shape[0], shared=(64,), adaptive=(32,), classes=classes)


def _dscnn(input_shape: tuple[int, ...], classes: int) -> Any:
    return DsCnn(size=input_shape[0], classes=classes)


def _conv1d(input_shape: tuple[int, ...], classes: int) -> Any:
    return Conv1d(steps=input_shape[0], inputs=input_shape[1], classes=classes)


def _mobilenetv3(input_shape: tuple[int, ...], classes: int) -> Any:
    return MobileNetV3(size=input_shape[0], inputs=input_shape[2], classes=classes)


FLAT: Final = Recipe(_mlp, BasePlan(steps=400, rate=3e-3), _PERSONA)
MOTION: Final = replace(FLAT, network=_conv1d)
GREY_IMAGES: Final = replace(FLAT, network=_dscnn, base=BasePlan())
COLOUR_IMAGES: Final = replace(GREY_IMAGES, network=_mobilenetv3)


def recipe_for(input_shape: tuple[int, ...]) -> Recipe:
    """An MLP for features [f], a 1-D CNN for motion [t, c], a CNN for square images [size, size, c].

    Raises:
        FleetError: windows of another shape.
    """
    match input_shape:
        case (_,):
            return FLAT
        case (_, _):
            return MOTION
        case (height, width, 1) if height == width and height % 4 == 0:
            return GREY_IMAGES
        case (height, width, _) if height == width:
            return COLOUR_IMAGES
    raise FleetError(
        "no network is known for such windows",
        expected="features [f], motion [t, c], or square images [size, size, c]",
        received=str(list(input_shape)),
        remedy="write a recipe for the set: models/recipes",
    )
