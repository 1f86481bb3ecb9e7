"""Data sets by name or by path, and fleets by what a trained model remembers of them.

A new set is one file with `FILE`, `ORIGIN` and `read(path)`, and one line in `DATASETS`; one that is not divided by
device also has a fleet of its own in `FLEETS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from models.datasets import digits_fleet, domains, har_folder, plain, wisdm
from models.datasets.fleet import Fleet
from models.datasets.folds import RecordedFleet, Split
from models.datasets.recordings import Recordings
from models.errors import FleetError, TrainedError

FOLDER: Final = "PERSONA_DATA"
"""The environment variable that names the folder with data sets."""

DATASETS: Final[dict[str, tuple[str, Callable[[Path], Recordings]]]] = {
    wisdm.ORIGIN.name: (wisdm.FILE, wisdm.read),
    **domains.DATASETS,
}
"""The file in the data folder and its loader, by the name of the set."""

FLEETS: Final[dict[str, Callable[[Recordings, Split], Fleet]]] = dict.fromkeys(domains.NAMES, domains.DomainFleet)
"""Sets that become fleets in a way of their own, not by `RecordedFleet`."""


def open_recordings(name: str | Path) -> Recordings:
    """A set by its name, or the .npz file or UCI-HAR-style folder at a path (or of that name in the data folder).

    A folder with `:signals` behind its name gives its signals, not their features.

    Raises:
        FleetError: nothing of that name or path, or nothing that can be read.
    """
    known = DATASETS.get(str(name))
    if known is not None:
        file, read = known
        return read(_in_folder(file, str(name)))
    plain_name = str(name).removesuffix(har_folder.SUFFIX)
    path = Path(plain_name)
    if not path.exists():
        path = _in_folder(plain_name, str(name))
    return har_folder.read(path, signals=plain_name != str(name)) if path.is_dir() else plain.read(path)


def _in_folder(file: str, name: str) -> Path:
    """Where the file lies in the data folder."""
    folder = os.environ.get(FOLDER)
    path = Path(folder or "") / file
    if not folder or not path.exists():
        raise FleetError(
            f"the data set {name} is not at hand",
            expected=f"{file} in the folder that {FOLDER} names, a path, or one of {', '.join(sorted(DATASETS))}",
            received=f"{FOLDER} is not set" if not folder else f"no {file} in {folder}",
            remedy=f"set {FOLDER} to the folder that holds {file}",
        )
    return path


def fleet_of(recordings: Recordings, split: Split) -> Fleet:
    """The devices of a set under `split`.

    Raises:
        FleetError: the set cannot be divided like this.
    """
    return FLEETS.get(recordings.origin.name, RecordedFleet)(recordings, split)


def make_fleet(values: Mapping[str, Any]) -> Fleet:
    """The fleet that its `to_json()` described.

    Raises:
        TrainedError: this version knows no such fleet, or its data has changed.
        FleetError: its data is not at hand.
    """
    name = values.get("name")
    if name == digits_fleet.NAME:
        return digits_fleet.DigitsFleet.from_json(dict(values))
    if "digest" not in values:
        raise TrainedError(
            f"no fleet is called {name!r}",
            expected=", ".join([digits_fleet.NAME, *sorted(DATASETS)]),
            remedy="train again with this version",
        )
    recordings = open_recordings(str(name))
    if recordings.digest != values["digest"]:
        raise TrainedError(
            f"the data set {name} is not the one that was trained on",
            expected=f"content digest {values['digest']}",
            received=recordings.digest,
            remedy="put the file of that time back, or train again",
        )
    return fleet_of(recordings, Split(**values["split"]))
