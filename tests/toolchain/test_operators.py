"""Every operator in every supported form: generated C, NumPy reference and TFLite Micro agree to the bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain import (
    cases_elementwise,
    cases_int16,
    cases_moves,
    cases_reductions,
    cases_state,
    cases_unary,
    operator_cases,
)
from tests.toolchain.equality import assert_c_equals_reference, assert_reference_equals_oracle

CASES = {
    **operator_cases.CASES,
    **cases_elementwise.CASES,
    **cases_int16.CASES,
    **cases_moves.CASES,
    **cases_reductions.CASES,
    **cases_state.CASES,
    **cases_unary.CASES,
}
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("case", CASES)
def test_reference_equals_tflite_micro(case: str) -> None:
    """The NumPy reference computes TFLite Micro's bits for random forms of the operator."""

    @settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
    @given(CASES[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        assert_reference_equals_oracle(data, seed=seed)

    check()


@pytest.mark.parametrize("case", CASES)
def test_generated_c_equals_reference(case: str) -> None:
    """The generated C, under AddressSanitizer and UBSan, computes the reference's bits."""

    @settings(max_examples=4, deadline=None, suppress_health_check=SLOW)
    @given(CASES[case])
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            assert_c_equals_reference(data, Path(folder))

    check()
