"""WISDM activity prediction v1.1: what the phones in the pockets of 36 people measured while they walked, ran, or sat.

Source: Kwapisz, Weiss and Moore, "Activity Recognition using Cell Phone Accelerometers" (SensorKDD 2010); the Wireless
Sensor Data Mining Lab, Fordham University, transformed examples: 43 features of 10 s of a phone's accelerometer.

The published page counts 5,424 examples, one more of each class than the published file of version 1.1 holds; the
counts here are those of the file. Where it has "?" (the time between peaks, where there were none), a value is NaN.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from models.datasets.arrays import read_arrays
from models.datasets.recordings import Origin, Recordings, by_device, check_published

FILE: Final = "wisdm_v1.1.npz"
ORIGIN: Final = Origin(
    name="wisdm",
    title="WISDM activity prediction v1.1",
    source="WISDM Lab, Fordham University, https://www.cis.fordham.edu/wisdm/dataset.php; "
    "Kwapisz, Weiss and Moore, SensorKDD 2010",
    licence="free to use; keep the set's readme.txt with it and cite the paper",
)
CLASSES: Final = ("Walking", "Jogging", "Upstairs", "Downstairs", "Sitting", "Standing")
_PUBLISHED: Final = {
    "windows": 5418,
    "features": 43,
    "users": 36,
    "classes": dict(zip(CLASSES, (2081, 1625, 632, 528, 306, 246), strict=True)),
}


def read(path: Path) -> Recordings:
    """Read the set from the .npz with `x` float32 [5418, 43], `y`, `user` (1 to 36) and `labels`.

    Raises:
        FleetError: the file cannot be read, or does not hold the published set.
    """
    arrays = read_arrays(path, ("x", "y", "user", "labels"))
    x, y = arrays["x"].astype(np.float32), arrays["y"].astype(np.int64)
    names = tuple(str(name) for name in arrays["labels"])
    counts = np.bincount(y, minlength=len(names)).tolist()
    found = {
        "windows": len(x),
        "features": x.shape[-1],
        "users": len(np.unique(arrays["user"])),
        "classes": dict(zip(names, counts, strict=False)),
    }
    check_published(ORIGIN, _PUBLISHED, found)
    return Recordings(ORIGIN, CLASSES, by_device(x, y, arrays["user"], "user-"), gaps=True)
