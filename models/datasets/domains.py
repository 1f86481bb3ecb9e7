"""USPS and MNIST digits as fleets, in both directions: one is home, the other is where the held-out devices stand.

Factory, field and validation devices show images of the home domain only, no image on devices of two roles. Factory
devices show them as they are; field and validation devices have simulated shifts (`models.datasets.handwriting`), so
that nothing that is learned or chosen has seen the shifted domain. Held-out devices show the shifted domain as it is:
context and frozen windows from its training part and together, each a share, all of its test part.

The file holds USPS' two parts as published (Hull 1994; LeCun et al. 1989) and the 10,000 test images of MNIST, all at
16x16. Of the latter a fixed random 7,000 are MNIST's training part here, the other 3,000 its test part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.datasets.arrays import read_arrays
from models.datasets.fleet import DeviceData, Role
from models.datasets.folds import Split
from models.datasets.handwriting import Hand, Spread
from models.datasets.recordings import Origin, Recording, Recordings, check_published
from models.errors import FleetError

FILE: Final = "digits16_usps_mnist.npz"
NAMES: Final = ("usps_mnist", "mnist_usps")
SIZE: Final = 16
_GREY_LEVELS: Final = 255
_MNIST_TRAINING: Final = 7000
_SOURCE: Final = (
    "USPS: Hull, IEEE TPAMI 1994; MNIST: LeCun, Cortes and Burges, test images, resampled from 28x28 to 16x16"
)
_LICENCE: Final = "USPS: not stated; MNIST: CC BY-SA 3.0"
_PUBLISHED: Final = {"USPS train": 7291, "USPS test": 2007, "MNIST test": 10000, "shapes": [(SIZE, SIZE, 1)]}
_PARTS: Final = ("home-train", "home-test", "shifted-train", "shifted-test")
_HOME_TRAIN, _HOME_TEST, _SHIFTED_TRAIN, _SHIFTED_TEST = range(4)
_ROLES: Final = tuple(Role)
_PURPOSES: Final = {"images": 0, "hand": 1, "windows": 2}

Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def read(path: Path, name: str) -> Recordings:
    """Read the set from the .npz: its four parts in the direction `name`, windows float32 [n, 16, 16, 1] in 0..1.

    Raises:
        FleetError: the file cannot be read, or does not hold the published sets.
    """
    arrays = read_arrays(path, [f"{part}_{kind}" for part in ("usps_train", "usps_test", "mnist") for kind in "xy"])
    usps_train, usps_test, mnist = (_part(arrays, part) for part in ("usps_train", "usps_test", "mnist"))
    found = {
        "USPS train": len(usps_train[1]),
        "USPS test": len(usps_test[1]),
        "MNIST test": len(mnist[1]),
        "shapes": sorted({x.shape[1:] for x, _ in (usps_train, usps_test, mnist)}),
    }
    check_published(_origin(name), _PUBLISHED, found)
    order = np.random.default_rng(0).permutation(len(mnist[1]))
    first, second = np.sort(order[:_MNIST_TRAINING]), np.sort(order[_MNIST_TRAINING:])
    usps, other = [usps_train, usps_test], [(mnist[0][at], mnist[1][at]) for at in (first, second)]
    parts = usps + other if name == "usps_mnist" else other + usps
    recordings = tuple(Recording(part, x, y) for part, (x, y) in zip(_PARTS, parts, strict=True))
    return Recordings(_origin(name), tuple("0123456789"), recordings)


DATASETS: Final = {name: (FILE, partial(read, name=name)) for name in NAMES}
"""For `models.datasets.registry`."""


def _origin(name: str) -> Origin:
    home, shifted = name.upper().split("_")
    return Origin(name, f"{home} digits at home, {shifted} digits as the shifted domain", _SOURCE, _LICENCE)


def _part(arrays: Mapping[str, npt.NDArray[Any]], part: str) -> tuple[Images, Labels]:
    x, y = arrays[f"{part}_x"], arrays[f"{part}_y"]
    return np.asarray(x[..., None] / _GREY_LEVELS, np.float32), y.astype(np.int64)


@dataclass(frozen=True)
class Population:
    """How many devices a role has, and how many windows each shows beside its context."""

    devices: int
    windows: int


FACTORY: Final = 10
"""Factory devices: they divide the images of their pool."""
FIELD: Final = Population(160, 192)
VALIDATION: Final = Population(24, 200)
HELD_OUT: Final = 10
"""Held-out devices: they divide the test part of the shifted domain."""
FROZEN: Final = 64
"""Labelled windows of a validation or held-out device that only a guard may look at."""


class DomainFleet:
    """The devices of `recordings` under `split`.

    Of the home training images, `split.validation_share` are for every choice and `split.factory_share` of the rest
    train the base. There is nothing to fold: `fold` is another seed.

    Raises:
        FleetError: too few images for the devices of a role.
    """

    def __init__(self, recordings: Recordings, split: Split | None = None, spread: Spread | None = None) -> None:
        self.recordings = recordings
        self.split = split or Split(folds=1, context=32, validation_share=0.1)
        self.spread = spread or Spread()
        self._pools = self._deal()

    @property
    def classes(self) -> int:
        """Ten digits."""
        return len(self.recordings.classes)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return self.recordings.input_shape

    def pool(self, role: Role) -> Labels:
        """Indices of the home training images that only devices of `role` show; none for the held-out ones."""
        return self._pools[role]

    def devices(self, role: Role) -> tuple[DeviceData, ...]:
        """All devices of `role`, always in the same order."""
        if role is Role.HELD_OUT:
            return self._shifted
        if role is Role.FACTORY:
            return self._plain
        population = FIELD if role is Role.FIELD else VALIDATION
        return tuple(self._simulated(role, index, population.windows) for index in range(population.devices))

    def at_home(self) -> tuple[DeviceData, ...]:
        """The home domain's test part as the held-out devices would show it: what the shift is measured against."""
        return tuple(self._shares(_HOME_TRAIN, _HOME_TEST, "home"))

    def to_json(self) -> dict[str, Any]:
        """Name and digest of the set, and the split."""
        return {
            "name": self.recordings.origin.name,
            "digest": self.recordings.digest,
            "split": asdict(self.split),
        }

    @cached_property
    def _shifted(self) -> tuple[DeviceData, ...]:
        return tuple(self._shares(_SHIFTED_TRAIN, _SHIFTED_TEST, "shifted"))

    @cached_property
    def _plain(self) -> tuple[DeviceData, ...]:
        home, shares = self.recordings.recordings[_HOME_TRAIN], np.array_split(self._pools[Role.FACTORY], FACTORY)
        return tuple(
            _device(f"factory-{index:03d}", Role.FACTORY, home.x[share], home.y[share], (self.split.context, 0))
            for index, share in enumerate(shares)
        )

    def _rng(self, role: Role, index: int, purpose: str) -> np.random.Generator:
        split = self.split
        return np.random.default_rng([split.seed, split.fold, 1 + _ROLES.index(role), index, _PURPOSES[purpose]])

    def _deal(self) -> dict[Role, Labels]:
        """Deal the home training images out, by share and at random."""
        split, count = self.split, len(self.recordings.recordings[_HOME_TRAIN].y)
        order = np.random.default_rng([split.seed, split.fold, 0]).permutation(count)
        validation = round(split.validation_share * count)
        factory = validation + round(split.factory_share * (count - validation))
        pools = {
            Role.VALIDATION: order[:validation],
            Role.FACTORY: order[validation:factory],
            Role.FIELD: order[factory:],
            Role.HELD_OUT: order[:0],
        }
        needed = {
            Role.VALIDATION: split.context + VALIDATION.windows + FROZEN,
            Role.FACTORY: FACTORY * (split.context + 1),
            Role.FIELD: split.context + FIELD.windows,
        }
        for role, images in needed.items():
            if len(pools[role]) < images:
                raise FleetError(
                    f"the {role.value} devices of the fleet cannot be made",
                    expected=f"at least {images} images",
                    received=f"{len(pools[role])} of {count} images",
                    remedy="ask for a shorter context, or give the role a larger share",
                )
        return pools

    def _simulated(self, role: Role, index: int, windows: int) -> DeviceData:
        """A device that shows home images of its role's pool through a hand of its own."""
        rng, context = self._rng(role, index, "windows"), self.split.context
        frozen = FROZEN if role is Role.VALIDATION else 0
        chosen = rng.choice(self._pools[role], context + frozen + windows, replace=False)
        hand = Hand.draw(self.spread, SIZE, self._rng(role, index, "hand"))
        home = self.recordings.recordings[_HOME_TRAIN]
        shown = hand.write(home.x[chosen, ..., 0], rng)
        return _device(f"{role.value}-{index:03d}", role, shown, home.y[chosen], (context, frozen))

    def _shares(self, train: int, test: int, name: str) -> list[DeviceData]:
        """Devices that show a domain as it is: contexts of their own, disjoint shares of its test part."""
        training, scored = self.recordings.recordings[train], self.recordings.recordings[test]
        order = self._rng(Role.HELD_OUT, test, "images").permutation(len(scored.y))
        devices = []
        for index, share in enumerate(np.array_split(order, HELD_OUT)):
            rng, context = self._rng(Role.HELD_OUT, index, "windows"), self.split.context
            chosen = rng.choice(len(training.y), context + FROZEN, replace=False)
            x, y = (np.concatenate([a[chosen], b[share]]) for a, b in ((training.x, scored.x), (training.y, scored.y)))
            devices.append(_device(f"{name}-{index:03d}", Role.HELD_OUT, x, y, (context, FROZEN)))
        return devices


def _device(name: str, role: Role, x: Images, y: Labels, first: tuple[int, int]) -> DeviceData:
    """A device whose windows are so many of its context, then so many frozen ones, then the others."""
    context, rest = first[0], sum(first)
    return DeviceData(
        name=name,
        role=role,
        context=x[:context],
        context_labels=y[:context],
        inputs=x[rest:],
        labels=y[rest:],
        frozen=x[context:rest],
        frozen_labels=y[context:rest],
    )
