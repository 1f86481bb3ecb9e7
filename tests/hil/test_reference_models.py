"""The reference models of MLPerf Tiny and TFLM on every emulated core."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.platforms import PLATFORMS
from hil.conformance import verify
from hil.emulator import start
from hil.images import image_for
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import compile_tflite
from toolchain.golden import make_golden, random_inputs
from toolchain.oracles import open_oracle

MODELS = ("ad", "hello_world", "ic", "kws", "vww")
BOARDS = [name for name, platform in PLATFORMS.items() if not platform.is_host]
SMALL = {"microbit": ("hello_world", "kws"), "lm3s6965evb": ("hello_world", "ic", "kws")}
"""The models that have room on a board with little memory."""


def bundled(data_folder: Path, name: str, folder: Path) -> Bundle:
    """The int8 model `name` as a bundle with two random vectors."""
    compiled = compile_tflite((data_folder / "models" / f"{name}_int8.tflite").read_bytes(), name)
    write_bundle(folder / name, compiled, make_golden(compiled.model, random_inputs(compiled.model, 2), {}))
    return Bundle.open(folder / name)


@pytest.mark.emulator
@pytest.mark.parametrize("name", MODELS)
def test_every_layer_of_every_model_on_every_core(data_folder: Path, name: str, tmp_path: Path) -> None:
    """M0 to M55, where there is room, give the digest of every layer, and TFLite Micro agrees tensor by tensor."""
    bundle = bundled(data_folder, name, tmp_path)
    for board in (board for board in BOARDS if name in SMALL.get(board, MODELS)):
        with start(image_for(bundle, PLATFORMS[board])) as emulator, emulator.device() as device:
            report = verify(device, bundle, "tflite_micro")
        assert (2, 2) == (report.equal, report.total), f"{board}: {report.first_difference}"
        assert 2 * len(bundle.model.kernels) == report.layers.equal, board


@pytest.mark.emulator
def test_keyword_accuracy_on_the_emulated_m4(data_folder: Path, tmp_path: Path) -> None:
    """On the 1,000 official inputs the emulated Cortex-M4 gives TFLite Micro's scores, and so its accuracy."""
    bundle = bundled(data_folder, "kws", tmp_path)
    official = np.load(data_folder / "mlperf_kws01.npz")
    windows = bundle.inputs[0].encode(official["x"])
    oracle = open_oracle("tflite_micro", bundle.tflite)
    correct = {"device": 0, "oracle": 0}
    with start(image_for(bundle, PLATFORMS["mps2-an386"])) as emulator, emulator.device() as device:
        for window, label in zip(windows, official["y"], strict=True):
            theirs = oracle.run([window])[0].reshape(-1)
            ours = np.frombuffer(device.infer(window.tobytes()).output, np.int8)
            np.testing.assert_array_equal(theirs, ours)
            correct["oracle"] += int(theirs.argmax() == label)
            correct["device"] += int(ours.argmax() == label)
    assert 1000 == len(windows)
    assert correct["oracle"] == correct["device"] > 900
