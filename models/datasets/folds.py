"""Recordings as a fleet: which devices train, which choose, which are only reported, and what each of them shows.

Folds are by device. Of the devices outside the fold some are for every choice, and the rest is divided between base and
editor, so that an editor learns from devices that its base has never seen (cross-fitting).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.datasets.fleet import DeviceData, Role
from models.datasets.recordings import Recording, Recordings
from models.datasets.scaling import Scaling
from models.errors import FleetError

_IMAGE: Final = 3  # height, width, channels


@dataclass(frozen=True)
class Split:
    """How a set is divided.

    `fold` of `folds` holds out every `folds`-th device; `validation_share` of the others choose, and `factory_share` of
    the rest train the base. `seed` decides who does what, and which `context` windows a device shows its editor.
    """

    fold: int = 0
    folds: int = 6
    seed: int = 0
    context: int = 20
    validation_share: float = 0.2
    factory_share: float = 0.6

    def __post_init__(self) -> None:
        shares = (self.validation_share, self.factory_share)
        if not (0 <= self.fold < self.folds and self.context > 0 and all(0 < share < 1 for share in shares)):
            raise FleetError(
                "no set can be divided like this",
                expected="0 <= fold < folds, a context of at least one window, shares between 0 and 1",
                received=str(asdict(self)),
            )


class RecordedFleet:
    """The devices of `recordings` under `split`.

    Factory and field devices show all their windows. Of a validation or held-out device, the first half of each class
    in file order adapts and the second half is scored; the seed draws the context from the first half, and the rest of
    that half is frozen: only a guard may look at it. Windows that are not images are scaled, see `Scaling`.

    Raises:
        FleetError: too few devices for four roles, a device with too few windows for its context, or a class that no
            factory device has. A class may be missing on any other device.
    """

    def __init__(self, recordings: Recordings, split: Split | None = None) -> None:
        self.recordings = recordings
        self.split = split or Split()
        self._roles = self._deal()
        self._check_classes()

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.recordings.classes)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return self.recordings.input_shape

    @cached_property
    def scaling(self) -> Scaling | None:
        """Fitted on the factory devices; None for images, which are what they are."""
        images = len(self.input_shape) >= _IMAGE
        return None if images else Scaling.fit([recording.x for recording in self._members(Role.FACTORY)])

    def names(self, role: Role) -> tuple[str, ...]:
        """Who has this role, in the order of `devices`."""
        return tuple(recording.name for recording in self._members(role))

    def devices(self, role: Role) -> tuple[DeviceData, ...]:
        """The devices with this role, in file order."""
        train = role in {Role.FACTORY, Role.FIELD}
        return tuple(self._device(self.recordings.recordings[i], role, i, train=train) for i in self._roles[role])

    def to_json(self) -> dict[str, Any]:
        """Name and digest of the set, and the split."""
        return {
            "name": self.recordings.origin.name,
            "digest": self.recordings.digest,
            "split": asdict(self.split),
        }

    def _members(self, role: Role) -> list[Recording]:
        return [self.recordings.recordings[i] for i in self._roles[role]]

    def _device(self, own: Recording, role: Role, index: int, *, train: bool) -> DeviceData:
        windows = own.x if self.scaling is None else self.scaling.apply(own.x)
        adapting, scored = (np.arange(len(own.y)), np.empty(0, np.int64)) if train else halves(own.y)
        self._check_context(own, len(adapting), len(adapting) - self.split.context if train else len(scored))
        rng = np.random.default_rng([self.split.seed, self.split.fold, 1 + index])
        context = rng.choice(adapting, self.split.context, replace=False)
        rest = np.setdiff1d(adapting, context)
        inputs, frozen = (rest, scored) if train else (scored, rest)
        return DeviceData(
            name=own.name,
            role=role,
            context=windows[context],
            context_labels=own.y[context],
            inputs=windows[inputs],
            labels=own.y[inputs],
            frozen=windows[frozen],
            frozen_labels=own.y[frozen],
        )

    def _deal(self) -> dict[Role, list[int]]:
        """Indices of the devices of each role, ascending."""
        split, count = self.split, len(self.recordings.recordings)
        held_out = list(range(split.fold, count, split.folds))
        others = [i for i in range(count) if i not in held_out]
        order = np.random.default_rng([split.seed, split.fold, 0]).permutation(others).tolist()
        validation = max(1, round(split.validation_share * len(order)))
        factory = max(1, round(split.factory_share * (len(order) - validation)))
        ends = (validation, validation + factory)
        roles = {
            Role.FACTORY: sorted(order[ends[0] : ends[1]]),
            Role.FIELD: sorted(order[ends[1] :]),
            Role.VALIDATION: sorted(order[: ends[0]]),
            Role.HELD_OUT: held_out,
        }
        empty = [role.value for role, members in roles.items() if not members]
        if empty:
            raise FleetError(
                f"{self.recordings.origin.name} has too few devices for this split",
                expected="at least one device to train the base, one for the editor, one to choose and one held out",
                received=f"{count} devices in {split.folds} folds: none for {', '.join(empty)}",
                remedy="record more devices, or ask for as many folds as there are devices at most",
            )
        return roles

    def _check_classes(self) -> None:
        counts = self.recordings.counts[self._roles[Role.FACTORY]].sum(0)
        missing = [name for name, count in zip(self.recordings.classes, counts, strict=True) if not count]
        if missing:
            raise FleetError(
                f"no device that trains the base has the class {', '.join(missing)}",
                expected="every class on at least one factory device",
                received=f"factory devices {', '.join(self.names(Role.FACTORY))}",
                remedy="choose another --seed or fold, or leave the class out of the set",
            )

    def _check_context(self, own: Recording, adapting: int, others: int) -> None:
        if adapting < self.split.context or others < 1:
            raise FleetError(
                f"device {own.name} has too few windows for a context of {self.split.context}",
                expected=f"{self.split.context} windows to adapt with, and at least one other",
                received=f"{adapting} windows to adapt with, out of {len(own.y)}",
                remedy="ask for a shorter context, or leave the device out of the set",
            )


def halves(labels: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Places of the first and of the second half of each class, ascending; of an odd number the second has one more."""
    first: list[int] = []
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        first.extend(places[: len(places) // 2].tolist())
    adapting = np.array(sorted(first), np.int64)
    return adapting, np.setdiff1d(np.arange(len(labels)), adapting)
