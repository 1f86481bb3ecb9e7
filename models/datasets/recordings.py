"""What a data set holds before anybody splits it: devices, each with labelled windows in the order of their recording.

A loader reads a file, checks it against what was published, and gives `Recordings`; `models.datasets.folds` makes a
fleet of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from models.errors import FleetError

_FEWEST_DEVICES: Final = 2


@dataclass(frozen=True)
class Origin:
    """Where a set comes from.

    `name` is under which a trained model finds it again, `title` what people call it, `source` who published it and
    where, `licence` under what terms.
    """

    name: str
    title: str
    source: str
    licence: str


@dataclass(frozen=True, eq=False)
class Recording:
    """One device: windows `x` float32 [n, *input] in the order of their recording, and classes `y` int64 [n]."""

    name: str
    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Recordings:
    """A whole set. `gaps` says that NaN stands for "unknown" and may be filled in; otherwise every value is finite.

    Raises:
        FleetError: fewer than two devices, windows of several shapes, a label without a class, values not finite.
    """

    origin: Origin
    classes: tuple[str, ...]
    recordings: tuple[Recording, ...]
    gaps: bool = False

    def __post_init__(self) -> None:
        if len(self.recordings) < _FEWEST_DEVICES:
            raise FleetError(
                f"{self.origin.name} has {len(self.recordings)} device: nothing can be held out",
                expected="at least two devices, one to learn from and one to personalise",
                received=f"{[r.name for r in self.recordings]}",
                remedy="say which windows come from which device, or record more devices",
            )
        for recording in self.recordings:
            self._check(recording)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return self.recordings[0].x.shape[1:]

    @property
    def windows(self) -> int:
        """Windows of all devices."""
        return sum(len(recording.y) for recording in self.recordings)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Windows of every class on every device, int64 [devices, classes]."""
        return np.stack([np.bincount(r.y, minlength=len(self.classes)) for r in self.recordings])

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, classes, values and labels, in hex: what a trained model was trained on."""
        state = hashlib.sha256(repr((self.classes, self.input_shape)).encode())
        for recording in self.recordings:
            state.update(repr((recording.name, len(recording.y))).encode())
            state.update(np.ascontiguousarray(recording.x, "<f4").tobytes())
            state.update(np.ascontiguousarray(recording.y, "<i8").tobytes())
        return state.hexdigest()

    def _check(self, recording: Recording) -> None:
        shape = (len(recording.y), *self.input_shape)
        if recording.x.shape != shape or not len(recording.y):
            raise FleetError(
                f"the windows of device {recording.name} do not fit the set {self.origin.name}",
                expected=f"at least one window, {shape}",
                received=str(recording.x.shape),
            )
        if recording.y.min() < 0 or recording.y.max() >= len(self.classes):
            raise FleetError(
                f"device {recording.name} of {self.origin.name} has a label that names no class",
                expected=f"0 to {len(self.classes) - 1}",
                received=f"{recording.y.min()} to {recording.y.max()}",
                remedy="number the classes from 0",
            )
        flat = recording.x.reshape(len(recording.y), -1)
        bad = np.isinf(flat) if self.gaps else ~np.isfinite(flat)
        if bad.any():
            window = int(bad.any(1).argmax())
            raise FleetError(
                f"window {window} of device {recording.name} holds a value that is not finite",
                expected="finite numbers",
                received=f"{flat[window][bad[window]][0]} in {int(bad.any(1).sum())} of its {len(flat)} windows",
                remedy="fill the gaps in or leave these windows out before the set is read",
            )


def by_device(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.int64], device: npt.NDArray[np.generic], prefix: str
) -> tuple[Recording, ...]:
    """The windows of each device, devices in the order of their numbers or names, windows in that of the file."""
    names = np.unique(device)
    return tuple(Recording(f"{prefix}{name}", x[device == name], y[device == name]) for name in names)


def check_published(
    origin: Origin, published: Mapping[str, object], found: Mapping[str, object], remedy: str = "fetch the set again"
) -> None:
    """Hold what was read against what was published.

    Raises:
        FleetError: a figure differs; the message names every one that does.
    """
    wrong = [name for name in published if published[name] != found[name]]
    if wrong:
        raise FleetError(
            f"the file is not the published {origin.title}",
            expected=_told(published, wrong),
            received=_told(found, wrong),
            remedy=remedy,
        )


def _told(values: Mapping[str, object], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {values[name]}" for name in names)
