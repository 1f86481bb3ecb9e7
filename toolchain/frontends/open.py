"""From a path or an object to a `Source`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.frontends.source import Source
from toolchain.frontends.tflite_file import TfliteSource

_KINDS = "a .tflite, .pt2 or .keras file, a SavedModel's folder, a torch module or a Keras model"


def open_source(model: Any, calibration: Mapping[str, npt.NDArray[Any]] | None) -> Source:
    """A source for whatever `model` is.

    Args:
        model: a path, the bytes of a .tflite file, a torch module or a Keras model.
        calibration: arrays [n, *input]; a torch module is traced with the first sample of each.

    Raises:
        ModelError: the model is of no kind that the compiler knows, or cannot be read.
    """
    if isinstance(model, bytes):
        return TfliteSource(model)
    if isinstance(model, (str, Path)):
        return _of_path(Path(model))
    kinds = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(model).__mro__}
    if "torch.Module" in kinds:
        return _of_module(model, calibration)
    if kinds & {"keras.Model", "keras.Functional"}:
        from toolchain.frontends.keras_model import KerasSource

        return KerasSource.of_model(model)
    raise ModelError("this is no model that the compiler knows", expected=_KINDS, received=type(model).__name__)


def _of_path(path: Path) -> Source:
    if path.suffix == ".tflite" and path.is_file():
        return TfliteSource(path.read_bytes(), path.stem)
    if path.suffix in {".pt2", ".ep"} and path.is_file():
        from toolchain.frontends.torch_module import TorchSource

        return TorchSource.load(path)
    if (path.suffix == ".keras" and path.is_file()) or (path / "saved_model.pb").is_file():
        from toolchain.frontends.keras_model import KerasSource

        return KerasSource.load(path)
    raise ModelError(
        f"{path} is no model that the compiler knows" if path.exists() else f"there is no {path}", expected=_KINDS
    )


def _of_module(module: Any, calibration: Mapping[str, npt.NDArray[Any]] | None) -> Source:
    if not calibration:
        raise ModelError(
            "a torch module does not say what its inputs look like",
            expected="a calibration set",
            remedy="pass calibration, or an exported program (.pt2)",
        )
    import torch

    from toolchain.frontends.torch_module import TorchSource

    arrays = [np.asarray(array[:1]) for array in calibration.values()]
    return TorchSource(
        module, [torch.from_numpy(a.astype(np.float32) if a.dtype.kind == "f" else a.copy()) for a in arrays]
    )
