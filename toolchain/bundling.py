"""From a model of any kind to a bundle on disk: compile, make golden vectors, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.bundle import write_bundle
from toolchain.compile import DEFAULT_CLIP, Compiled, compile_model
from toolchain.frontends.calibration import fit
from toolchain.golden import make_golden, random_inputs
from toolchain.progress import Progress, silent
from toolchain.requant import Rounding
from toolchain.signal import Signal

GOLDEN_WINDOWS: Final = 32
_STAGE: Final = "bundle"


def bundle_model(  # noqa: PLR0913  # what `compile_model` takes, and where to
    model: Any,
    target: Path,
    *,
    name: str | None = None,
    calibration: Mapping[str, npt.NDArray[Any]] | None = None,
    adaptive: Sequence[str] = (),
    clip: float = DEFAULT_CLIP,
    rounding: Rounding = Rounding.TFLM,
    keep_float: bool = False,
    progress: Progress = silent,
) -> Compiled:
    """Compile `model` (see `compile_model`) and write its bundle; `target` appears whole or stays as it was.

    Golden vectors are made of the calibration set's first samples, or of random inputs where there is no set.

    Raises:
        ToolchainError: the model cannot be compiled, or the bundle cannot be written.
    """
    compiled = compile_model(
        model,
        name=name,
        calibration=calibration,
        adaptive=adaptive,
        clip=clip,
        rounding=rounding,
        keep_float=keep_float,
        progress=progress,
    )
    progress(_STAGE, 0, 2)
    golden = make_golden(compiled.model, _windows(compiled, calibration), {})
    progress(_STAGE, 1, 2)
    provenance = {"source": Path(model).name} if isinstance(model, (str, Path)) else {}
    write_bundle(target, compiled, golden, provenance=provenance)
    progress(_STAGE, 2, 2)
    return compiled


def _windows(compiled: Compiled, calibration: Mapping[str, npt.NDArray[Any]] | None) -> tuple[npt.NDArray[Any], ...]:
    """Inputs of the golden vectors in the device's elements, [n, *shape] for each input."""
    model = compiled.model
    if not calibration:
        return random_inputs(model, GOLDEN_WINDOWS)
    signals = [Signal.of(model.graph.tensors[i]) for i in model.graph.inputs]
    arrays = [array[:GOLDEN_WINDOWS] for array in fit(calibration, model.graph)]
    return tuple(
        signal.encode(np.asarray(array)).reshape(-1, *signal.shape)
        for signal, array in zip(signals, arrays, strict=True)
    )
