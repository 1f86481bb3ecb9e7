"""Holding a device to the reference: layer by layer, and to the first difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.platforms import PLATFORMS
from hil.conformance import verify
from hil.emulator import start
from hil.images import image_for
from tests.toolchain.test_passes import pruned_network
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import compile_tflite
from toolchain.golden import make_golden, random_inputs
from toolchain.reference import Reference


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A pruned residual network, optimised by every pass."""
    compiled = compile_tflite(pruned_network(1), "pruned")
    folder: Path = tmp_path_factory.mktemp("conformance") / "pruned.bundle"
    write_bundle(folder, compiled, make_golden(compiled.model, random_inputs(compiled.model, 4), {}))
    return Bundle.open(folder)


@pytest.mark.parametrize(
    "board",
    [name if name == "posix" else pytest.param(name, marks=pytest.mark.emulator) for name in PLATFORMS],
)
def test_every_layer_on_every_board(bundle: Bundle, board: str) -> None:
    """Each board gives the digest of each layer that the reference gives, and TFLite Micro agrees with both."""
    with start(image_for(bundle, PLATFORMS[board])) as emulator, emulator.device() as device:
        report = verify(device, bundle, "tflite_micro", samples=6)
    assert (6, 6) == (report.equal, report.total)
    assert 6 * len(bundle.model.kernels) == report.layers.equal == report.layers.total
    assert report.oracle_integers.equal == report.oracle_integers.total > 6


def test_the_first_layer_that_differs_is_named(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the reference is off by one in one layer, the report names that operator."""
    honest = Reference.run

    def off_by_one(self: Reference, *arguments: object) -> object:
        run = honest(self, *arguments)
        victim = self.model.kernels[2].outputs[0]
        return replace(run, tensors={**run.tensors, victim: run.tensors[victim] + np.int8(1)})

    monkeypatch.setattr(Reference, "run", off_by_one)
    with start(image_for(bundle, PLATFORMS["posix"])) as emulator, emulator.device() as device:
        report = verify(device, bundle, samples=1)
    operator = bundle.model.operator(bundle.model.kernels[2])
    assert 0 == report.equal
    assert f"operator {operator.index} ({operator.kind})" in report.first_difference
