"""Arrays of a .npz file; whatever may be wrong with it is one error."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import FleetError


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """All arrays of the file, `names` among them; pickled objects are never read.

    Raises:
        FleetError: the file is missing, damaged, or without one of `names`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise FleetError(
            f"{path} holds no arrays",
            expected="a .npz file without pickled objects",
            received=f"{type(error).__name__}: {error}",
            remedy="write it with numpy.savez",
        ) from error
    missing = [name for name in names if name not in arrays]
    if missing:
        raise FleetError(
            f"{path} lacks the array {', '.join(missing)}", expected=", ".join(names), received=", ".join(arrays)
        )
    return arrays
