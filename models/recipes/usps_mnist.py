"""USPS and MNIST digits, in both directions: shapes at places, one adaptive layer, editors trained on simulated shifts.

The context is 64 unlabelled windows; `persona evaluate --context 32` is for methods that are given labels. Budgets are
those that suited the validation devices, which show the home domain with simulated shifts: no figure here was chosen on
the shifted domain.
"""

from __future__ import annotations

from typing import Final

from models.base import BasePlan
from models.datasets.folds import Split
from models.editor.fit import Plan
from models.editor.persona import PersonaPlan
from models.networks.spatial_cnn import SpatialCnn
from models.recipes.recipe import Recipe


def network(input_shape: tuple[int, ...], classes: int) -> SpatialCnn:
    """A CNN for square windows with one channel, with a single adaptive layer behind its last feature map."""
    return SpatialCnn(size=input_shape[0], classes=classes)


RECIPE: Final = Recipe(
    network,
    base=BasePlan(steps=700),
    persona=PersonaPlan(
        clips=(0.05, 0.1, 0.25),
        prototypes=3,
        editor=Plan(steps=200, rate=1e-2, norm_penalty=1.0),
        head=Plan(steps=300),
        group=Plan(steps=200, rate=5e-3, norm_penalty=1.0),
    ),
    split=Split(folds=1, context=64, validation_share=0.1),
)
