"""scikit-learn's handwritten digits as a fleet of devices, each with its own shift.

Source: `sklearn.datasets.load_digits`, the test part of the UCI set "Optical Recognition of Handwritten Digits"
(Alpaydin and Kaynak 1998, CC BY 4.0): 1,797 images of 8x8 pixels with 17 grey levels. It comes with scikit-learn.

Images are dealt out to the roles before any device is made, so that an image that a held-out device shows was in no
training set. Factory devices stand nearly upright; the others are mounted at any angle of a wide range.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.datasets.fleet import DeviceData, Role
from models.datasets.optics import Shift, render
from models.errors import FleetError

NAME: Final = "digits_fleet"
SENSOR: Final = 16
_IMAGES: Final = 1797
_GREY_LEVELS: Final = 16
_ROLES: Final = tuple(Role)


@dataclass(frozen=True)
class Population:
    """The devices of one role: how many, their windows, their share of the images, the range of their shifts."""

    devices: int
    windows: int
    share: float
    rotation_deg: float
    """Mounting angles lie in -rotation_deg .. rotation_deg, one device in each of as many equal parts of it."""
    contrast: tuple[float, float] = (0.6, 1.2)
    blur_px: tuple[float, float] = (0.0, 0.8)
    noise: tuple[float, float] = (0.0, 0.08)


@dataclass(frozen=True)
class DigitsFleetConfig:
    """The whole fleet. `context_windows` are taken apart from `Population.windows`."""

    context_windows: int = 32
    factory: Population = Population(24, 256, 0.40, 30.0)
    field: Population = Population(160, 128, 0.30, 80.0)
    validation: Population = Population(24, 64, 0.12, 80.0)
    held_out: Population = Population(12, 64, 0.18, 80.0)

    def population(self, role: Role) -> Population:
        """The devices of `role`."""
        population: Population = getattr(self, role.value)
        return population

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> DigitsFleetConfig:
        """Read what `dataclasses.asdict` made of a configuration."""
        roles = {role.value: Population(**_tuples(values[role.value])) for role in _ROLES}
        return cls(context_windows=int(values["context_windows"]), **roles)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


class DigitsFleet:
    """The fleet that `seed` and `config` describe; devices are rendered when they are asked for.

    Raises:
        FleetError: a role has no device, or fewer images than one of its devices shows.
    """

    def __init__(self, seed: int, config: DigitsFleetConfig | None = None) -> None:
        self.seed = seed
        self.config = config or DigitsFleetConfig()
        self._images, self._labels = _load()
        self._pools = self._deal()

    @property
    def classes(self) -> int:
        """Ten digits."""
        return 10

    def pool(self, role: Role) -> npt.NDArray[np.int64]:
        """Indices of the images that only devices of `role` show."""
        return self._pools[role]

    def shift(self, role: Role, index: int) -> Shift:
        """The shift of one device."""
        population = self.config.population(role)
        rng = self._rng(role, index, 1)
        # Stratified: a few devices already stand for the whole range, so that seeds differ less by luck.
        stratum = self._rng(role, 0, 0).permutation(population.devices)[index]
        turn = (stratum + rng.uniform()) / population.devices
        return Shift(
            rotation_deg=float((2 * turn - 1) * population.rotation_deg),
            contrast=float(rng.uniform(*population.contrast)),
            blur_px=float(rng.uniform(*population.blur_px)),
            noise=float(rng.uniform(*population.noise)),
        )

    def device(self, role: Role, index: int) -> DeviceData:
        """Render one device; its context and its other windows show different images."""
        population = self.config.population(role)
        rng = self._rng(role, index, 2)
        count = self.config.context_windows + population.windows
        chosen = rng.choice(self._pools[role], size=count, replace=False)
        windows = render(self._images[chosen], SENSOR, self.shift(role, index), rng)
        labels = self._labels[chosen]
        context = self.config.context_windows
        return DeviceData(
            name=f"{role.value}-{index:03d}",
            role=role,
            context=windows[:context],
            context_labels=labels[:context],
            inputs=windows[context:],
            labels=labels[context:],
        )

    def devices(self, role: Role) -> tuple[DeviceData, ...]:
        """All devices of `role`."""
        return tuple(self.device(role, index) for index in range(self.config.population(role).devices))

    def at_home(self) -> tuple[DeviceData, ...]:
        """The validation images on as many devices that are mounted as the factory devices are."""
        mounted = replace(self.config.validation, rotation_deg=self.config.factory.rotation_deg)
        return DigitsFleet(self.seed, replace(self.config, validation=mounted)).devices(Role.VALIDATION)

    def to_json(self) -> dict[str, Any]:
        """Name, seed and configuration."""
        return {"name": NAME, "seed": self.seed, "config": asdict(self.config)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> DigitsFleet:
        """The fleet that `to_json` described."""
        return cls(int(values["seed"]), DigitsFleetConfig.from_json(values["config"]))

    def _rng(self, role: Role, index: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 1 + _ROLES.index(role), index, purpose])

    def _deal(self) -> dict[Role, npt.NDArray[np.int64]]:
        """Deal the images out to the roles, by share and at random."""
        shares = np.array([self.config.population(role).share for role in _ROLES])
        if shares.min() <= 0 or shares.sum() > 1 + 1e-9:
            raise FleetError(
                "the shares of the images do not divide the set",
                expected="four shares above 0 that sum to at most 1",
                received=str(shares.tolist()),
            )
        order = np.random.default_rng([self.seed, 0]).permutation(len(self._images))
        ends = np.floor(np.cumsum(shares) * len(order) + 1e-9).astype(int)
        pools = dict(zip(_ROLES, np.split(order, ends)[: len(_ROLES)], strict=True))
        for role, pool in pools.items():
            self._check(role, len(pool))
        return pools

    def _check(self, role: Role, images: int) -> None:
        population = self.config.population(role)
        needed = self.config.context_windows + population.windows
        if population.devices < 1 or needed > images:
            raise FleetError(
                f"the {role.value} devices of the fleet cannot be made",
                expected=f"at least one device, and at least {needed} images for it",
                received=f"{population.devices} devices, {images} images",
                remedy="ask for fewer windows or give the role a larger share",
            )


def _load() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Images float32 [1797, 8, 8] in [0, 1] and labels int64 [1797]."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    images = np.asarray(raw.images / _GREY_LEVELS, np.float32)
    if images.shape != (_IMAGES, 8, 8):
        raise FleetError(
            "scikit-learn's digits are not the published set",
            expected=f"{_IMAGES} images of 8x8",
            received=str(images.shape),
        )
    return images, np.asarray(raw.target, np.int64)
