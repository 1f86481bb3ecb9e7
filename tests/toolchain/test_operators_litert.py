"""Forms of operators that TFLite Micro does not know, held to LiteRT's reference kernels; and hostile inputs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.cases_moves import LITERT_CASES as MOVES
from tests.toolchain.cases_reductions import LITERT_CASES as REDUCTIONS
from tests.toolchain.cases_reductions import batch_matmul, reduction, transpose_conv
from tests.toolchain.equality import assert_c_equals_reference, assert_reference_equals_oracle, assert_reference_near
from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.hosted import Hosted
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Reference
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

CASES = {**MOVES, **REDUCTIONS}
SINGLE = {
    "mean": reduction(("MEAN",), ("int8",)),
    "sum": reduction(("SUM",), ("int8",)),
    "batch_matmul": batch_matmul("int8"),
    "transpose_conv": transpose_conv("int8"),
}
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
EXTREMES = np.array(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, 0.9, -0.9, 127.9, 128.0, -129.0, 3e9, -3e9, 9.2e18, 9.3e18, -9.3e18, 3e38],
    np.float32,
)


@pytest.mark.parametrize("case", CASES)
def test_reference_equals_litert(case: str) -> None:
    """The NumPy reference computes the bits of LiteRT's reference kernels for random forms of the operator."""

    @settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
    @given(CASES[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        assert_reference_equals_oracle(data, seed=seed, oracle="litert-ref")

    check()


@pytest.mark.parametrize("case", CASES)
def test_generated_c_equals_reference(case: str) -> None:
    """The generated C, under AddressSanitizer and UBSan, computes the reference's bits."""

    @settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
    @given(CASES[case])
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            assert_c_equals_reference(data, Path(folder))

    check()


@pytest.mark.parametrize("case", SINGLE)
def test_single_rounding_near_litert(case: str) -> None:
    """With the `litert` contract an int8 operator is within 1 of LiteRT's default kernels."""

    @settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
    @given(SINGLE[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        assert_reference_near(data, "litert", steps=1, seed=seed, rounding=Rounding.LITERT)

    check()


def _both(data: bytes, window: list[np.ndarray], folder: Path) -> np.ndarray:
    """The first output of C, after it was found equal to the reference's."""
    model = Model.of(read_model(data, "test"))
    expected = Reference(model).run(window)
    found = Hosted(model, folder).run([window])[0][model.graph.outputs[0]]
    np.testing.assert_array_equal(expected.outputs[0].tobytes(), found.tobytes())
    return found


@pytest.mark.parametrize(("kind", "dtype"), [("GATHER", "int8"), ("EMBEDDING_LOOKUP", "int8"), ("GATHER", "float32")])
def test_indices_out_of_range_are_clamped(kind: str, dtype: str, tmp_path: Path) -> None:
    """Wild indices take the first or the last row and never read foreign memory."""
    rows = np.arange(12).reshape(4, 3).astype(np.int8)
    wild = np.array([-(2**31), -1, 0, 3, 4, 2**31 - 1], np.int32)
    g = GraphBuilder()
    x, table = g.input((6,), "int32"), g.constant(rows.astype(dtype))
    y = g.tensor((6, 3), dtype)
    g.op(kind, [table, x] if kind == "GATHER" else [x, table], [y])
    np.testing.assert_array_equal(rows[[0, 0, 0, 3, 3, 3]], _both(g.build([y]), [wild], tmp_path))


@pytest.mark.parametrize(("target", "code"), [("int8", 9), ("uint8", 3), ("int16", 7), ("int32", 2), ("int64", 4)])
def test_floats_beyond_the_target_saturate(target: str, code: int, tmp_path: Path) -> None:
    """A cast of any float is defined: cut towards zero, saturated, NaN to 0."""
    g = GraphBuilder()
    x, y = g.input(EXTREMES.shape, "float32"), g.tensor(EXTREMES.shape, target)
    g.op("CAST", [x], [y], inDataType=0, outDataType=code)
    found = _both(g.build([y]), [EXTREMES], tmp_path)
    limits = np.iinfo(target)
    assert [0, limits.max, limits.min, 0, 0, 0, 0] == found[:7].tolist()
    assert limits.max == found[-1]


@pytest.mark.parametrize("kind", ["REDUCE_MAX", "REDUCE_MIN", "ARG_MAX", "ARG_MIN", "SUM", "LESS", "NOT_EQUAL"])
def test_nan_takes_one_path_everywhere(kind: str, tmp_path: Path) -> None:
    """C and reference agree about NaN, infinities and signed zeros."""
    g = GraphBuilder()
    x = g.input((16,), "float32")
    if kind in {"LESS", "NOT_EQUAL"}:
        y = g.tensor((16,), "bool")
        g.op(kind, [x, g.constant(np.roll(EXTREMES, 1))], [y])
    else:
        y = g.tensor((), "int32" if kind.startswith("ARG") else "float32")
        g.op(kind, [x, g.constant(np.array([0], np.int32))], [y])
    _both(g.build([y]), [EXTREMES], tmp_path)


@pytest.mark.parametrize("approximate", [False, True])
def test_float_gelu_is_near_litert(approximate: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """GELU is within 1e-6 of LiteRT's for |x| <= 8, and C equals the reference there and at every extreme."""
    values = np.concatenate([np.linspace(-8, 8, 4080, dtype=np.float32), EXTREMES])
    g = GraphBuilder()
    x, y = g.input(values.shape, "float32"), g.tensor(values.shape, "float32")
    g.op("GELU", [x], [y], approximate=approximate)
    data = g.build([y])
    ours = _both(data, [values], tmp_path)
    (theirs,) = open_oracle("litert-ref", data).run([values])
    np.testing.assert_allclose(theirs[:4080], ours[:4080], rtol=0, atol=1e-6)
