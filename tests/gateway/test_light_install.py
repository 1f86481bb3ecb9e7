"""The base install alone: it imports, answers, opens a bundle, and agrees with tflite_runtime."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PACKAGES = ("toolchain", "models", "firmware_bridge", "hil", "persona")
HEAVY = ("torch", "tensorflow", "sklearn", "ai_edge_litert", "litert_torch", "tflite_micro")


@pytest.fixture(scope="module")
def bundle_path() -> Path:
    """The bundle that the main environment made."""
    named = os.environ.get("PERSONA_GATEWAY_BUNDLE")
    if not named:
        pytest.skip("this is not the gateway's environment: `make gateway-test` runs these tests there")
    return Path(named)


@pytest.mark.usefixtures("bundle_path")
def test_nothing_heavy_is_installed() -> None:
    """The environment is what it claims to be."""
    assert not [name for name in HEAVY if importlib.util.find_spec(name)]
    assert int(np.__version__.partition(".")[0]) < 2


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.usefixtures("bundle_path")
def test_every_package_is_imported(package: str) -> None:
    """Nothing heavy is needed to import them."""
    importlib.import_module(package)


@pytest.mark.usefixtures("bundle_path")
@pytest.mark.parametrize("arguments", [["--help"], ["verify", "--help"], ["inspect", "--help"]])
def test_the_command_line_answers(arguments: list[str]) -> None:
    """Help comes without any extra."""
    done = subprocess.run([sys.executable, "-m", "persona.main", *arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_the_bundle_opens_and_its_model_compiles(bundle_path: Path) -> None:
    """The base fingerprint, computed here, is the manifest's."""
    from toolchain.bundle import Bundle

    bundle = Bundle.open(bundle_path)
    assert bundle.base == bundle.model.base


def test_reference_gives_the_golden_outputs(bundle_path: Path) -> None:
    """NumPy 1 and another Python give the same bytes."""
    from toolchain.bundle import Bundle
    from toolchain.reference import Reference

    bundle = Bundle.open(bundle_path)
    reference = Reference(bundle.model)
    for i in range(len(bundle.golden)):
        assert bundle.golden.output_bytes(i) == reference.run(bundle.golden.window(i)).output_bytes


def test_tflite_runtime_agrees_with_the_golden_outputs(bundle_path: Path) -> None:
    """Integers within 1 (its release rounds twice), floats as close as that allows."""
    from toolchain.bundle import Bundle
    from toolchain.oracles import open_oracle

    bundle = Bundle.open(bundle_path)
    oracle = open_oracle("tflite_runtime", bundle.tflite)
    head = next(t.data for t in bundle.model.source.tensors if t.data is not None and t.shape == (3, 16))
    for i in range(len(bundle.golden)):
        quantised, real = oracle.run(bundle.golden.window(i))
        expected = [array[i] for array in bundle.golden.outputs]
        steps = np.abs(quantised.astype(int) - expected[0].astype(int))
        assert np.max(steps) <= 1
        carried = np.abs(head) @ (bundle.outputs[0].scale * steps.reshape(-1))  # what those steps do to the head
        assert np.all(np.abs(real - expected[1]) <= carried + 1e-5 * np.abs(expected[1]) + 1e-6)
