"""Folders as the UCI set "Human Activity Recognition Using Smartphones" has them.

Source: Anguita, Ghio, Oneto, Parra and Reyes-Ortiz, "A Public Domain Dataset for Human Activity Recognition Using
Smartphones" (ESANN 2013); UCI Machine Learning Repository, doi 10.24432/C54S4K, CC BY 4.0.

`activity_labels.txt` has a number and a name a line; `train/` and `test/` hold `X_*.txt` (a window a line),
`y_*.txt` (its activity) and `subject_*.txt` (who). Both parts become one set: we hold out by person ourselves.
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
_UCI: Final = "UCI HAR Dataset"
_PUBLISHED: Final = {"windows": 10299, "features": 561, "subjects": 30, "activities": 6}


def read(path: Path) -> Recordings:
    """Read the folder; one that is called `UCI HAR Dataset` must hold what was published.

    Raises:
        FleetError: a file is missing or cannot be read, or the counts are not the published ones.
    """
    numbers, classes = _activities(path / LABELS)
    x, y, subject = (
        np.concatenate([_table(path / part / f"{kind}_{part}.txt", kind) for part in _PARTS])
        for kind in ("X", "y", "subject")
    )
    if not len(x) == len(y) == len(subject):
        raise FleetError(
            f"the files of {path.name} do not fit together",
            expected="as many lines in X, y and subject",
            received=f"{len(x)}, {len(y)} and {len(subject)}",
        )
    labels = np.array([numbers.get(int(number), -1) for number in y[:, 0]], np.int64)
    published = path.name == _UCI
    origin = Origin(
        path.name,
        path.name,
        "Anguita et al., ESANN 2013; doi 10.24432/C54S4K" if published else "a folder laid out like UCI HAR",
        "CC BY 4.0" if published else "not stated",
    )
    subjects = subject[:, 0].astype(np.int64)
    if published:
        found = (len(x), x.shape[1], len(np.unique(subjects)), len(classes))
        check_published(origin, _PUBLISHED, dict(zip(_PUBLISHED, found, strict=True)))
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


def _table(path: Path, kind: str) -> npt.NDArray[np.float64]:
    """The numbers of a file, float64 [lines, columns]."""
    try:
        return np.loadtxt(path, dtype=np.float64, ndmin=2)
    except (OSError, ValueError) as error:
        raise FleetError(
            f"{path.parent.name}/{path.name} cannot be read",
            expected=f"the {kind} of each window, a line for each",
            received=f"{type(error).__name__}: {error}",
        ) from error
