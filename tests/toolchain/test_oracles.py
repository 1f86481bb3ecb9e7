"""The oracles agree with the NumPy reference on a model of int8 and float32 layers."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tests.gateway.make_bundle import mixed_model
from toolchain.errors import ToolchainError
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.oracles import ORACLES, open_oracle
from toolchain.reference import Reference
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

INSTALLED = ["tflite_micro", "litert", "litert-ref", "tensorflow"]


@pytest.mark.parametrize("name", INSTALLED)
def test_integers_are_near_and_floats_follow(name: str) -> None:
    """Integers within 1 of the reference (TFLM: equal), floats within what that one step makes of them."""
    data = mixed_model()
    contract = Rounding.TFLM if name == "tflite_micro" else Rounding.LITERT
    model = Model.of(read_model(data, "mixed"), rounding=contract)
    oracle, inputs = open_oracle(name, data), random_inputs(model, 8)
    for i in range(8):
        ours, theirs = Reference(model).run([a[i] for a in inputs]).outputs, oracle.run([a[i] for a in inputs])
        difference = np.max(np.abs(ours[0].astype(int) - theirs[0].astype(int)))
        assert difference <= (contract is Rounding.LITERT)
        np.testing.assert_allclose(theirs[1], ours[1], rtol=0, atol=2.0 * difference + 1e-5)


@pytest.mark.skipif(importlib.util.find_spec("tflite_runtime") is not None, reason="tflite_runtime is installed here")
def test_a_missing_oracle_says_how_to_get_it() -> None:
    """tflite_runtime lives in an environment of its own."""
    with pytest.raises(ToolchainError, match="make gateway"):
        open_oracle("tflite_runtime", mixed_model())


def test_unknown_oracles_are_answered_with_the_known() -> None:
    """All names are listed."""
    with pytest.raises(ToolchainError, match=", ".join(ORACLES)):
        open_oracle("delphi", b"")
