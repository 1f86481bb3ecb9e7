"""The one check of the compiler: generated C, NumPy reference and TFLite Micro agree on every tensor, to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.toolchain.hosted import Hosted
from toolchain.golden import random_inputs
from toolchain.graph import DType
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Reference
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model


def assert_reference_equals_oracle(data: bytes, windows: int = 4, seed: int = 0, oracle: str = "tflite_micro") -> None:
    """Every tensor of the reference equals the oracle's."""
    model = Model.of(read_model(data, "test"))
    runtime = open_oracle(oracle, data)
    reference, inputs = Reference(model), random_inputs(model, windows, seed)
    for i in range(windows):
        window = [a[i] for a in inputs]
        runtime.run(window)
        for index, ours in reference.run(window).tensors.items():
            if model.source.tensors[index].dtype is DType.RESOURCE:  # there the oracle shows a handle
                continue
            theirs = runtime.tensor(index).reshape(ours.shape)
            np.testing.assert_array_equal(_bits(theirs), _bits(ours), err_msg=model.graph.tensors[index].name)


def assert_reference_near(  # noqa: PLR0913  # two kinds of tolerance, two contracts
    data: bytes,
    oracle: str,
    *,
    steps: int = 0,
    relative: float = 0.0,
    seed: int = 0,
    rounding: Rounding = Rounding.TFLM,
) -> None:
    """Outputs of the reference are near those of an oracle: integers within `steps`, floats within `relative`."""
    model = Model.of(read_model(data, "test"), rounding=rounding)
    runtime, reference, inputs = open_oracle(oracle, data), Reference(model), random_inputs(model, 4, seed)
    for i in range(4):
        window = [a[i] for a in inputs]
        for theirs, ours in zip(runtime.run(window), reference.run(window).outputs, strict=True):
            absolute = 0.0 if ours.dtype.kind == "f" else steps
            np.testing.assert_allclose(ours.astype(np.float64), theirs.astype(np.float64), relative, absolute)


def assert_c_equals_reference(  # noqa: PLR0913  # what is run, where, and on what
    data: bytes,
    folder: Path,
    windows: int = 4,
    seed: int = 0,
    *,
    options: Sequence[str] = (),
    rounding: Rounding = Rounding.TFLM,
) -> None:
    """Every tensor of the generated C equals the reference's; `options` go to the C compiler."""
    model = Model.of(read_model(data, "test"), rounding=rounding)
    inputs = random_inputs(model, windows, seed)
    fed = [[a[i] for a in inputs] for i in range(windows)]
    reference = Reference(model)
    for window, found in zip(fed, Hosted(model, folder, options).run(fed), strict=True):
        expected = reference.run(window).tensors
        for index, ours in found.items():
            np.testing.assert_array_equal(_bits(expected[index]), _bits(ours), err_msg=model.graph.tensors[index].name)


def _bits(array: np.ndarray) -> np.ndarray:
    """Floats as their bits: -0.0 differs from 0.0, NaN equals itself."""
    return array.view(np.uint32) if array.dtype == np.float32 else array
