"""Float fully connected layers of cores with an FPU: one order of additions, the same bits on hosts and on cores."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.platforms import PLATFORMS
from hil.emulator import start
from hil.images import image_for
from tests.toolchain import operator_cases
from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import compile_tflite
from toolchain.golden import make_golden, random_inputs
from toolchain.reference import Reference


def layer(rows: int, depth: int, units: int) -> tuple[bytes, np.ndarray]:
    """A layer, and its weights."""
    chance, g = np.random.default_rng(depth), GraphBuilder()
    weights = chance.normal(size=(units, depth)).astype(np.float32)
    x, y = g.input((rows, depth), "float32"), g.tensor((rows, units), "float32")
    b = g.constant(chance.normal(size=units).astype(np.float32))
    g.op("FULLY_CONNECTED", [x, g.constant(weights), b], [y], fusedActivationFunction=0)
    return g.build([y]), weights


LAYERS = st.builds(layer, st.integers(1, 2), st.integers(1, 40), st.integers(1, 9)).map(lambda made: made[0])


@settings(max_examples=12, deadline=None)
@given(st.one_of(operator_cases.CASES["fully_connected_f32"], LAYERS))
def test_host_equals_reference(data: bytes) -> None:
    """Any number of inputs and units gives the reference's bits, under sanitizers."""
    with tempfile.TemporaryDirectory() as folder:
        assert_c_equals_reference(data, Path(folder), windows=2, options=["-DPERSONA_ISA=1"])


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547"])
def test_cores_round_twice(board: str, tmp_path: Path) -> None:
    """M4, M7, M33 and M55 give the bits of a multiplication and an addition; a fused one would give others."""
    data, weights = layer(2, 75, 11)
    compiled = compile_tflite(data, "layer")
    (windows,) = random_inputs(compiled.model, 4, 3)
    fused = np.zeros((4, 2, 11), np.float32)
    twice = np.zeros((4, 2, 11), np.float32)
    for k in range(75):
        exact = windows[:, :, None, k].astype(np.float64) * weights[:, k].astype(np.float64)
        fused = (fused + exact).astype(np.float32)
        twice += exact.astype(np.float32)
    assert np.any(fused != twice)
    write_bundle(tmp_path / "layer", compiled, make_golden(compiled.model, [windows], {}))
    bundle = Bundle.open(tmp_path / "layer")
    reference = Reference(bundle.model)
    with start(image_for(bundle, PLATFORMS[board])) as emulator, emulator.device() as device:
        for window in windows:
            assert reference.run((window,)).output_bytes == device.infer(window.tobytes()).output
