"""From a trained model to a bundle: the one place where learning meets the compiler."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.attachments import attach
from models.datasets.fleet import Role
from models.datasets.scaling import Scaling
from models.trained import Trained
from toolchain.bundle import write_bundle
from toolchain.compile import Compiled, compile_torch
from toolchain.golden import make_golden
from toolchain.progress import Progress, silent
from toolchain.requant import Rounding
from toolchain.signal import Signal

GOLDEN_WINDOWS: Final = 32
EVALUATION_WINDOWS: Final = 64


def export_bundle(
    trained: Trained,
    target: Path,
    *,
    rounding: Rounding = Rounding.TFLM,
    progress: Progress = silent,
) -> Compiled:
    """Compile `trained` and write its bundle: golden vectors from factory data, the frozen set from validation devices.

    The bundle holds the editor and what the device needs to take its edits: `models.attachments`.

    Raises:
        ToolchainError: the network cannot be compiled, or the bundle cannot be written.
    """
    source = trained.model()
    compiled = compile_torch(
        source.module,
        source.example,
        name=str(trained.network.name),
        layout=trained.layout,
        prototypes=trained.prototypes,
        calibration=source.calibration,
        rounding=rounding,
        progress=progress,
    )
    compiled, rates = attach(trained, compiled)
    signal = Signal.of(compiled.model.graph.tensors[compiled.model.graph.inputs[0]])
    x, y = _frozen_windows(trained)
    golden = make_golden(
        compiled.model,
        (signal.encode(source.calibration[:GOLDEN_WINDOWS]),),
        {"x": signal.encode(x), "y": y},
    )
    provenance: dict[str, Any] = {"fleet": trained.fleet.to_json(), "report": trained.report, "trials": rates}
    scaling: Scaling | None = getattr(trained.fleet, "scaling", None)
    if scaling is not None:
        provenance["scaling"] = scaling.to_json()
    write_bundle(target, compiled, golden, extra=trained.editor.files(), provenance=provenance)
    return compiled


def _frozen_windows(trained: Trained) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Labelled windows, float32 [n, *input] and int64 [n], taken in turn from the validation devices."""
    devices = trained.fleet.devices(Role.VALIDATION)
    share = -(-EVALUATION_WINDOWS // len(devices))
    x = np.concatenate([device.inputs[:share] for device in devices])[:EVALUATION_WINDOWS]
    y = np.concatenate([device.labels[:share] for device in devices])[:EVALUATION_WINDOWS]
    return x, y
