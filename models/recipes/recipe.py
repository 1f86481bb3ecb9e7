"""What is decided before a training starts; every figure in it was chosen on validation devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.base import BasePlan
from models.datasets.folds import Split
from models.editor.persona import PersonaPlan

MakeNetwork = Callable[[tuple[int, ...], int], Any]
"""From the shape of a window and the number of classes to a fresh `models.networks.network.Network`."""


@dataclass(frozen=True)
class Recipe:
    """The network, the budget of the base, that of the editor, and the defaults of the split.

    `calibration_windows` unlabelled windows of training devices give the compiler its ranges.
    """

    network: MakeNetwork
    base: BasePlan = field(default_factory=BasePlan)
    persona: PersonaPlan = field(default_factory=PersonaPlan)
    calibration_windows: int = 256
    split: Split = field(default_factory=Split)
