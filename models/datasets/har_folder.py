"""Folders as the UCI set "Human Activity Recognition Using Smartphones" has them.

Source: Anguita, Ghio, Oneto, Parra and Reyes-Ortiz, "A Public Domain Dataset for Human Activity Recognition Using
Smartphones" (ESANN 2013); UCI Machine Learning Repository, doi 10.24432/C54S4K, CC BY 4.0.

`activity_labels.txt` has a number and a name a line; `train/` and `test/` hold `X_*.txt` (a window a line),
`y_*.txt` (its activity) and `subject_*.txt` (who). Both parts become one set: we hold out by person ourselves.
Instead of the features X, the signals behind them can be read: a file for each channel in `Inertial Signals/`, in each
line the samples of a window.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.recordings import Origin, Recordings, by_device, check_published
from models.errors import FleetError

LABELS: Final = "activity_labels.txt"
_PARTS: Final = ("train", "test")
_SIGNALS: Final = "Inertial Signals"
_UCI: Final = "UCI HAR Dataset"
_PUBLISHED: Final = {"windows": 10299, "shape": (561,), "subjects": 30, "activities": 6}
_PUBLISHED_SIGNALS: Final = {**_PUBLISHED, "shape": (128, 9)}
SUFFIX: Final = ":signals"
"""Behind the name of a folder: read its signals."""


def read(path: Path, *, signals: bool = False) -> Recordings:
    """Read the folder: features float32 [n, f], or signals float32 [n, samples, channels], channels by name.

    A folder that is called `UCI HAR Dataset` must hold what was published.

    Raises:
        FleetError: a file is missing or cannot be read, or the counts are not the published ones.
    """
    numbers, classes = _activities(path / LABELS)
    x = np.concatenate([_signals(path, part) if signals else _table(path, part, "X") for part in _PARTS])
    y, subject = (np.concatenate([_table(path, part, kind) for part in _PARTS]) for kind in ("y", "subject"))
    if not len(x) == len(y) == len(subject):
        raise FleetError(
            f"the files of {path.name} do not fit together",
            expected="as many lines in X, y and subject",
            received=f"{len(x)}, {len(y)} and {len(subject)}",
        )
    labels = np.array([numbers.get(int(number), -1) for number in y[:, 0]], np.int64)
    published = path.name == _UCI
    name = path.name + SUFFIX * signals
    origin = Origin(
        name,
        name,
        "Anguita et al., ESANN 2013; doi 10.24432/C54S4K" if published else "a folder laid out like UCI HAR",
        "CC BY 4.0" if published else "not stated",
    )
    subjects = subject[:, 0].astype(np.int64)
    if published:
        found = (len(x), x.shape[1:], len(np.unique(subjects)), len(classes))
        wanted = _PUBLISHED_SIGNALS if signals else _PUBLISHED
        check_published(origin, wanted, dict(zip(wanted, found, strict=True)))
    return Recordings(origin, classes, by_device(x.astype(np.float32), labels, subjects, "subject-"))


def _activities(path: Path) -> tuple[dict[int, int], tuple[str, ...]]:
    """The place of every activity's number among the classes, and the classes."""
    try:
        rows = [line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return {int(number): place for place, (number, _) in enumerate(rows)}, tuple(name for _, name in rows)
    except (OSError, ValueError) as error:
        raise FleetError(
            f"{path.parent.name} has no list of activities",
            expected=f"{LABELS} with a number and a name a line",
            received=f"{type(error).__name__}: {error}",
        ) from error


def _signals(path: Path, part: str) -> npt.NDArray[np.float64]:
    """The samples of all channels of a part, float64 [windows, samples, channels]."""
    files = sorted((path / part / _SIGNALS).glob(f"*_{part}.txt"))
    channels = [_numbers(file, "the samples of a channel") for file in files]
    if not channels or len({channel.shape for channel in channels}) > 1:
        raise FleetError(
            f"{part}/{_SIGNALS} holds no signals that fit together",
            expected=f"a file NAME_{part}.txt for each channel, all with as many lines and samples",
            received=", ".join(f"{f.name} {c.shape}" for f, c in zip(files, channels, strict=True)) or "no such file",
        )
    return np.stack(channels, axis=2)


def _table(path: Path, part: str, kind: str) -> npt.NDArray[np.float64]:
    """What a part has of one kind, float64 [lines, columns]."""
    return _numbers(path / part / f"{kind}_{part}.txt", f"the {kind}")


def _numbers(path: Path, what: str) -> npt.NDArray[np.float64]:
    """The numbers of a file, float64 [lines, columns]."""
    try:
        return np.loadtxt(path, dtype=np.float64, ndmin=2)
    except (OSError, ValueError) as error:
        raise FleetError(
            f"{path.parent.name}/{path.name} cannot be read",
            expected=f"{what} of each window, a line for each",
            received=f"{type(error).__name__}: {error}",
        ) from error
