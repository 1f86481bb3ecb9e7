"""Operators that are only near another runtime: how near, and that the generated C still equals the reference."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain import cases_elementwise, cases_unary, operator_cases
from tests.toolchain.equality import assert_c_equals_reference, assert_reference_near
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.reference import Reference
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

CLOSE: Final = {**cases_elementwise.CLOSE, **cases_unary.CLOSE}
ALONE: Final = cases_elementwise.ALONE
LITERT: Final = cases_unary.LITERT
SINGLE: Final = {
    **cases_elementwise.SINGLE,
    **{name: operator_cases.CASES[name] for name in ("conv2d_s8", "depthwise_conv2d_s8", "fully_connected_s8")},
}
SLOW: Final = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("case", CLOSE)
def test_float_functions_near_tflite_micro(case: str) -> None:
    """Float operators with functions of our own are within a millionth of TFLite Micro."""

    @settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
    @given(CLOSE[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        assert_reference_near(data, "tflite_micro", relative=1e-6, seed=seed)

    check()


@pytest.mark.parametrize("case", LITERT)
def test_forms_that_only_litert_has(case: str) -> None:
    """Forms that TFLite Micro does not know are within 1 of LiteRT's reference kernels; clamps of floats are equal."""

    @settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
    @given(LITERT[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        assert_reference_near(data, "litert-ref", steps=1, seed=seed)

    check()


@pytest.mark.parametrize("case", SINGLE)
def test_single_rounding_near_litert(case: str) -> None:
    """With the `litert` contract an operator is within 1 of LiteRT's default kernels."""

    @settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
    @given(SINGLE[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        assert_reference_near(data, "litert", steps=1, seed=seed, rounding=Rounding.LITERT)

    check()


def test_softmax_of_long_rows() -> None:
    """int8 SOFTMAX of rows whose exponentials add up to more than 512 is within 1 of the true value."""

    @settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
    @given(ALONE["long_softmax_s8"], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        model = Model.of(read_model(data, "test"))
        scale, zero = model.graph.tensors[model.graph.inputs[0]].scale_zero
        window = random_inputs(model, 1, seed)[0][0]
        powers = np.exp(float(scale) * (window.astype(np.float64) - zero))
        expected = powers / powers.sum() * 256 - 128
        assert np.abs(expected - Reference(model).run([window]).outputs[0]).max() <= 1.0

    check()


@pytest.mark.parametrize("case", [*CLOSE, *LITERT, *ALONE])
def test_generated_c_equals_reference(case: str) -> None:
    """The generated C computes the reference's bits."""

    @settings(max_examples=4, deadline=None, suppress_health_check=SLOW)
    @given({**CLOSE, **LITERT, **ALONE}[case])
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            assert_c_equals_reference(data, Path(folder))

    check()
