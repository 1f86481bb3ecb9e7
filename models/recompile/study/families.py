"""Two bases of one family for each data set, trained on the same devices, and the users that neither has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from models.datasets.digits_fleet import DigitsFleet, DigitsFleetConfig
from models.datasets.fleet import DeviceData, Fleet, Role
from models.datasets.folds import Split
from models.datasets.registry import fleet_of, open_recordings
from models.export import export_bundle
from models.networks.dscnn import DsCnn
from models.networks.mlp import Mlp
from models.networks.network import Clip
from models.recipes import digits_fleet, wisdm
from models.recipes.recipe import MakeNetwork, Recipe
from models.train import train_fleet
from toolchain.bundle import Bundle

NARROW: Final = "narrow"
WIDE: Final = "wide"
AGAIN: Final = "narrow again"
"""The narrow network from another seed: every shape agrees, nothing else does."""

_AGAIN_SEED: Final = 1000
_DIGITS: Final = DigitsFleetConfig()
_USER_WINDOWS: Final = 288
_FOLDS: Final = 3


def _mlp(width: int) -> MakeNetwork:
    return lambda shape, classes: Mlp(inputs=shape[0], shared=(width,), adaptive=(width // 4,), classes=classes)


def _dscnn(channels: tuple[int, int, int], embedding: int, hidden: int) -> MakeNetwork:
    return lambda shape, classes: DsCnn(shape[0], channels, embedding, hidden, classes)


@dataclass(frozen=True)
class Family:
    """A data set, its folds, a narrow and a wide network, and T of the adaptive layers.

    Windows of a `recorded` set have an order in time, and some of them are neighbours.
    For `wisdm` the last layer may go far, the one before it little; that T, like the methods' figures, was chosen on
    the validation users of seed 0.
    """

    name: str
    title: str
    folds: int
    fleet: Callable[[int, int], Fleet]
    recipe: Recipe
    networks: dict[str, MakeNetwork]
    clip: Clip | None
    recorded: bool

    def train(self, base: str, fold: int, seed: int, target: Path, *, own_clips: bool = False) -> Bundle:
        """Train one of the bases with prototypes and editor, compile it, and open its bundle.

        T is the family's, if it has one; else, or with `own_clips`, what the editor's training chooses.
        """
        own = seed + _AGAIN_SEED if base == AGAIN else seed
        clips = self.recipe.persona.clips if own_clips or self.clip is None else (self.clip,)
        persona = replace(self.recipe.persona, clips=clips)
        recipe = replace(self.recipe, network=self.networks[base], persona=persona)
        trained = train_fleet(self.fleet(fold, seed), recipe, own)
        export_bundle(trained, target)
        return Bundle.open(target)

    def users(self, fold: int, seed: int) -> tuple[DeviceData, ...]:
        """Who is personalised."""
        return self.fleet(fold, seed).devices(Role.HELD_OUT)


def _wisdm(fold: int, seed: int) -> Fleet:
    return fleet_of(open_recordings("wisdm"), Split(fold=fold, folds=_FOLDS, seed=seed))


def _digits(fold: int, seed: int) -> Fleet:
    del fold
    return DigitsFleet(seed, replace(_DIGITS, held_out=replace(_DIGITS.held_out, windows=_USER_WINDOWS)))


def _named(narrow: MakeNetwork, wide: MakeNetwork) -> dict[str, Any]:
    return {NARROW: narrow, WIDE: wide, AGAIN: narrow}


FAMILIES: Final[dict[str, Family]] = {
    family.name: family
    for family in (
        Family(
            "wisdm",
            "WISDM: 36 users, three folds by user",
            _FOLDS,
            _wisdm,
            wisdm.RECIPE,
            _named(_mlp(128), _mlp(256)),
            (0.05, 0.05, 1.0, 1.0),
            recorded=True,
        ),
        Family(
            "digits_fleet",
            "Digits: 12 turned, blurred, noisy devices a seed",
            1,
            _digits,
            digits_fleet.RECIPE,
            _named(_dscnn((16, 32, 48), 32, 24), _dscnn((24, 48, 72), 48, 36)),
            None,
            recorded=False,
        ),
    )
}
