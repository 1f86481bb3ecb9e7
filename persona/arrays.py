"""Windows from a file, as the bytes that a device takes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.bundle import Bundle
from toolchain.errors import PersonaError


class InputError(PersonaError):
    """A file with inputs cannot be read, or does not fit the model."""


def load_arrays(path: Path) -> list[npt.NDArray[Any]]:
    """The array of a .npy file, or those of a .npz file in their order.

    Raises:
        InputError: no such file, or none of these formats.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} holds no arrays",
            expected="a .npy or .npz file without pickled objects",
            received=str(error),
            remedy="write it with numpy.save or numpy.savez",
        ) from error
    if not arrays or any(array.ndim == 0 or not len(array) for array in arrays):
        raise InputError(f"{path} holds no window", expected="arrays whose first dimension counts the windows")
    return arrays


def rows_of(arrays: list[npt.NDArray[Any]], bundle: Bundle | None) -> list[bytes]:
    """One run of bytes for each window: all inputs one after the other.

    Raises:
        InputError: another number of inputs, or arrays of different lengths.
        ToolchainError: an array does not fit its input, or is not finite.
    """
    if bundle is not None:
        if len(arrays) != len(bundle.inputs):
            raise InputError(
                "the file does not fit the model", expected=f"{len(bundle.inputs)} arrays", received=str(len(arrays))
            )
        arrays = [signal.encode(array) for signal, array in zip(bundle.inputs, arrays, strict=True)]
    lengths = {len(array) for array in arrays}
    if len(lengths) > 1:
        raise InputError("the inputs have different numbers of windows", received=str(sorted(lengths)))
    return [b"".join(np.ascontiguousarray(array[i]).tobytes() for array in arrays) for i in range(lengths.pop())]
