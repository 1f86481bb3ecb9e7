"""Calibration sets: what inputs look like, for the ranges of the int8 layers and for golden vectors.

A file `.npz` (the array `x`, or the only one; for a model with several inputs one array for each, by name), a file
`.npy`, or a folder of `.npy` files, each one sample or a batch.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.graph import DType, Graph, Tensor

Array = npt.NDArray[Any]
Calibration = dict[str, Array]
"""Arrays [n, *input] by name; a set that knows no names holds one array, `x`."""

ONLY: Final = "x"


def load_calibration(path: Path) -> Calibration:
    """Read a calibration set.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    try:
        if path.is_dir():
            return {ONLY: _folder(path)}
        if path.suffix == ".npy":
            return {ONLY: np.load(path, allow_pickle=False)}
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            return {ONLY: arrays[ONLY]} if ONLY in arrays else arrays
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read as a calibration set", received=str(error)) from error
    raise ModelError(
        f"{path} is no calibration set",
        expected="a file .npz or .npy, or a folder of .npy files",
        received=f"a file {path.suffix or 'without suffix'}",
    )


def _folder(path: Path) -> Array:
    files = sorted(path.glob("*.npy"))
    if not files:
        raise ModelError(f"{path} holds no .npy files", expected="one sample, or a batch of samples, in each")
    parts = [np.load(file, allow_pickle=False) for file in files]
    if len({part.shape for part in parts}) == 1:
        return np.stack(parts)
    if len({part.shape[1:] for part in parts}) == 1 and parts[0].ndim > 1:
        return np.concatenate(parts)
    odd = next(i for i, part in enumerate(parts) if part.shape != parts[0].shape)
    raise ModelError(
        f"the samples in {path} have different shapes",
        expected=f"{parts[0].shape}, as {files[0].name}",
        received=f"{parts[odd].shape} in {files[odd].name}",
    )


def fit(calibration: Mapping[str, Array], graph: Graph) -> tuple[Array, ...]:
    """One array [n, *input] for each input of the graph, in its order, shape and (where it is float) type.

    Raises:
        ModelError: an array is missing, empty, not finite, or of another shape.
    """
    inputs = [graph.tensors[i] for i in graph.inputs]
    arrays = _in_order(calibration, [t.name for t in inputs])
    fitted = tuple(_fitted(array, tensor) for array, tensor in zip(arrays, inputs, strict=True))
    if len({len(array) for array in fitted}) > 1:
        raise ModelError(
            "the inputs of the calibration set differ in number", received=str([len(array) for array in fitted])
        )
    return fitted


def _in_order(calibration: Mapping[str, Array], names: Sequence[str]) -> list[Array]:
    if len(calibration) == len(names) == 1:
        return list(calibration.values())
    picked = [[k for k in calibration if k == n or n.startswith((f"{k}:", f"serving_default_{k}:"))] for n in names]
    if all(len(keys) == 1 for keys in picked):
        return [calibration[keys[0]] for keys in picked]
    if len(calibration) == len(names):  # names that mean nothing to the model: taken in their order
        return [calibration[key] for key in sorted(calibration)]
    raise ModelError(
        "the calibration set has not one array for each input of the model",
        expected=f"the array {ONLY!r}" if len(names) == 1 else ", ".join(names),
        received=", ".join(calibration) or "no arrays",
        remedy="save it with numpy.savez(file, x=samples)",
    )


def _fitted(array: Array, tensor: Tensor) -> Array:
    wanted = tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape
    if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "fiub":
        raise ModelError(
            "the calibration set is empty or holds no numbers",
            expected=f"samples of shape {wanted}",
            received=f"{array.dtype} {array.shape}",
        )
    if [n for n in array.shape[1:] if n != 1] != [n for n in wanted if n != 1]:
        raise ModelError(
            f"the calibration set does not fit input {tensor.name!r}",
            expected=f"shape (n, {', '.join(map(str, wanted))})",
            received=f"shape {array.shape}",
        )
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        raise ModelError(
            "the calibration set holds numbers that are not finite",
            expected="no NaN and no infinity",
            received=f"{len(wrong)} of {array.size} values, the first in sample {int(wrong[0][0])}",
        )
    shaped = array.reshape(len(array), *wanted)
    return shaped if tensor.dtype is not DType.FLOAT32 else shaped.astype(np.float32)
