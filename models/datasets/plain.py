"""Anybody's own set: a .npz file with windows, classes, and which device each window comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from models.datasets.arrays import read_arrays
from models.datasets.recordings import Origin, Recordings, by_device
from models.errors import FleetError

_NAMES: Final = ("x", "y", "device")


def read(path: Path) -> Recordings:
    """Read `x` [n, *input] (any real numbers, all finite), `y` [n] (0, 1, ...) and `device` [n] (numbers or names).

    An optional array `labels` names the classes, and optional ones `source` and `licence` say where the set is from.

    Raises:
        FleetError: the file cannot be read, its arrays do not fit together, a value is not finite, or it holds a
            single device.
    """
    arrays = read_arrays(path, _NAMES)
    x, y, device = (arrays[name] for name in _NAMES)
    whole = x.ndim > 1 and x.dtype.kind in "fiub" and y.dtype.kind in "iub"
    if not whole or y.shape != (len(x),) or device.shape != (len(x),):
        raise FleetError(
            f"the arrays of {path.name} do not fit together",
            expected="x [n, *input] of numbers, y [n] of integers, device [n]",
            received=", ".join(f"{name} {arrays[name].dtype} {list(arrays[name].shape)}" for name in _NAMES),
        )
    labels = y.astype(np.int64)
    count = int(labels.max(initial=-1)) + 1
    classes = tuple(str(name) for name in arrays.get("labels", np.arange(count)))
    source, licence = (str(arrays.get(name, "not stated")) for name in ("source", "licence"))
    origin = Origin(path.name, path.name, source, licence)
    return Recordings(origin, classes, by_device(x.astype(np.float32), labels, device, "device-"))
