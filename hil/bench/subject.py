"""A bundle to measure, from a bundle or from a .tflite file."""

from __future__ import annotations

from pathlib import Path

from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import compile_model
from toolchain.golden import make_golden, random_inputs
from toolchain.requant import Rounding


def bundle_of_tflite(model: Path, folder: Path, samples: int, rounding: Rounding = Rounding.TFLM) -> Bundle:
    """Compile a .tflite file into a bundle in `folder` with `samples` random vectors, the same every time.

    Raises:
        ModelError: the file cannot be read, or holds unsupported operators.
    """
    compiled = compile_model(model, rounding=rounding, keep_float=True)
    write_bundle(folder, compiled, make_golden(compiled.model, random_inputs(compiled.model, samples), {}))
    return Bundle.open(folder)
