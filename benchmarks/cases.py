"""What is measured: which model on which board, built for what."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import float_head
from firmware_bridge.build_settings import SIZE, SPEED
from firmware_bridge.platforms import platform_named
from hil.bench.figures import Figures
from hil.bench.measure import bench
from hil.bench.subject import bundle_of_tflite
from toolchain.bundle import Bundle
from toolchain.errors import PersonaError

M4, M3, M55 = "mps2-an386", "mps2-an385", "mps3-an547"
CORES: Final = {M4: "Cortex-M4F", M55: "Cortex-M55", M3: "Cortex-M3"}
MODELS: Final = ("kws", "ic", "vww", "ad")
"""The int8 models of MLPerf Tiny: keyword spotting, image classification, visual wake words, anomaly detection."""
SAMPLES: Final = 2


@dataclass(frozen=True, order=True)
class Case:
    """One measurement."""

    model: str
    board: str
    optimise: str = SPEED

    def __str__(self) -> str:
        return f"{self.model} {self.board} {self.optimise}"


CASES: Final = (
    *(Case(model, M4) for model in MODELS),
    *(Case(model, M4, SIZE) for model in MODELS),
    *(Case(model, M55) for model in MODELS),
    *(Case(model, M3) for model in MODELS),
    Case(float_head.NAME, M4),
    Case(float_head.NAME, M55),
)


class MissingModelError(PersonaError):
    """A model is not there."""


def model_file(model: str) -> Path:
    """The .tflite file of one of `MODELS`.

    Raises:
        MissingModelError: there is none.
    """
    named = os.environ.get("PERSONA_DATA")
    path = Path(named or "") / "models" / f"{model}_int8.tflite"
    if not named or not path.is_file():
        raise MissingModelError(
            f"there is no model {model!r} to measure",
            expected="PERSONA_DATA to name a folder with models/kws_int8.tflite, ic_, vww_ and ad_int8.tflite",
            received="PERSONA_DATA is not set" if not named else f"no file {path}",
            remedy="take them from MLPerf Tiny (github.com/mlcommons/tiny, benchmark/training)",
        )
    return path


class Workshop:
    """Compiles each model once, in `folder`, and measures."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bundles: dict[str, Bundle] = {}

    def bundle(self, model: str) -> Bundle:
        """The compiled model.

        Raises:
            MissingModelError: there is no such model.
        """
        if model not in self._bundles:
            folder = self._folder / model
            is_head = model == float_head.NAME
            made = (
                float_head.bundle(folder, SAMPLES) if is_head else bundle_of_tflite(model_file(model), folder, SAMPLES)
            )
            self._bundles[model] = made
        return self._bundles[model]

    def measure(self, case: Case) -> Figures:
        """All figures of a case, per operator too.

        Raises:
            PersonaError: what `hil.bench.measure.bench` raises.
        """
        return bench(
            self.bundle(case.model),
            platform_named(case.board),
            samples=SAMPLES,
            per_op=True,
            optimise=case.optimise,
        )
