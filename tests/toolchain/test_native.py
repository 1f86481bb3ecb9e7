"""A model compiled for this machine gives the reference's bits, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.test_state import running_sum
from toolchain.compile import compile_tflite
from toolchain.errors import NativeError, ToolchainError
from toolchain.golden import random_inputs
from toolchain.layout import Layout
from toolchain.model import Model
from toolchain.native import NativeModel
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

WINDOWS = 6


def _adaptive_model() -> Model:
    """An int8 input, and behind its DEQUANTIZE one adaptive float layer of three outputs."""
    g = GraphBuilder()
    x = g.input((1, 4), "int8", scale=0.05, zero_point=3)
    real, weight, bias = g.tensor((1, 4), "float32"), *(g.constant(np.zeros(s, np.float32)) for s in ((3, 4), (3,)))
    out = g.tensor((1, 3), "float32")
    g.op("DEQUANTIZE", [x], [real])
    g.op("FULLY_CONNECTED", [real, weight, bias], [out], fusedActivationFunction=0, keepNumDims=False)
    layout = Layout.of({"weight": (3, 4), "bias": (3,)}, {"weight": 1.0, "bias": 1.0})
    head = np.linspace(-1, 1, layout.size, dtype=np.float32)
    graph = read_model(g.build([out]))
    return Model.of(graph, layout=layout, adaptive={weight: "weight", bias: "bias"}, prototypes=head[None])


@pytest.fixture(scope="module")
def native() -> Iterator[NativeModel]:
    """The adaptive model, compiled."""
    with NativeModel.build(_adaptive_model()) as native:
        yield native


def assert_equals_reference(native: NativeModel, inputs: tuple[np.ndarray, ...], adaptive: np.ndarray | None) -> None:
    """Every bit of outputs and embeddings is the reference's, each window from the initial state."""
    batch = native.run(inputs, adaptive)
    for i in range(len(inputs[0])):
        bank = adaptive if adaptive is None or adaptive.ndim == 1 else adaptive[i]
        expected = Reference(native.model).run([array[i] for array in inputs], bank)
        for theirs, ours in zip(expected.outputs, batch.outputs, strict=True):
            assert theirs.dtype == ours.dtype
            assert theirs.tobytes() == ours[i].tobytes()
        assert (expected.embedding is None) == (batch.embeddings is None)
        if expected.embedding is not None and batch.embeddings is not None:
            assert expected.embedding.tobytes() == batch.embeddings[i].tobytes()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 9), own=st.sampled_from(["factory", "shared", "each"]))
def test_bits_are_the_reference_s(native: NativeModel, seed: int, count: int, own: str) -> None:
    """With the factory head, with one buffer for all windows and with one for each, all bits are the reference's."""
    size = native.model.layout.size
    shape = {"factory": None, "shared": (size,), "each": (count, size)}[own]
    bank = None if shape is None else np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    assert_equals_reference(native, random_inputs(native.model, count, seed), bank)


@pytest.mark.parametrize("name", ["kws_int8", "ad_int8", "hello_world_int8", "hello_world_float"])
def test_reference_models_are_equal(name: str, data_folder: Path, tmp_path: Path) -> None:
    """Models of MLPerf Tiny and TFLM's example, from a folder that keeps sources and library."""
    model = compile_tflite((data_folder / "models" / f"{name}.tflite").read_bytes(), name).model
    with NativeModel.build(model, tmp_path / "kept") as native:
        assert_equals_reference(native, random_inputs(model, 2), None)
    assert {"c", "native.so"} == {path.name for path in (tmp_path / "kept").iterdir()}


def test_state_starts_anew_unless_it_is_kept() -> None:
    """Windows of a model with variables do not see each other, except where the caller wants a device's behaviour."""
    model = Model.of(read_model(running_sum()))
    inputs = (np.ones((3, 1, 2), np.float32),)
    with NativeModel.build(model) as native:
        assert_equals_reference(native, inputs, None)
        native.reset()
        assert [4.0, 5.0, 6.0] == native.run(inputs, keep_state=True).outputs[0][:, 0, 0].tolist()
        assert [7.0, 8.0, 9.0] == native.run(inputs, keep_state=True).outputs[0][:, 0, 0].tolist()
        assert [4.0, 4.0, 4.0] == native.run(inputs).outputs[0][:, 0, 0].tolist()


def test_no_windows_give_no_outputs(native: NativeModel) -> None:
    """An empty batch has empty results of the right shapes."""
    batch = native.run((np.empty((0, 4), np.int8),))
    assert ((0, 1, 3), (0, 4)) == (batch.outputs[0].shape, None if batch.embeddings is None else batch.embeddings.shape)


@pytest.mark.parametrize(
    ("inputs", "adaptive", "message"),
    [
        (np.zeros((2, 5), np.int8), None, r"int8 \[n, 1, 4\]"),
        (np.zeros((2, 4), np.float32), None, r"float32 \[2, 4\](.|\n)*Signal"),
        (np.zeros((2, 4), np.int8), np.zeros(14, np.float32), r"\(15,\) or \(2, 15\)(.|\n)*float32 \(14,\)"),
        (np.zeros((2, 4), np.int8), np.zeros((3, 15), np.float32), r"\(3, 15\)"),
        (np.zeros((2, 4), np.int8), np.zeros(15), "float64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    native: NativeModel, inputs: np.ndarray, adaptive: np.ndarray | None, message: str
) -> None:
    """Another shape or dtype is an error that names both."""
    with pytest.raises(ToolchainError, match=message):
        native.run((inputs,), adaptive)


def test_as_many_inputs_as_the_model_has(native: NativeModel) -> None:
    """One array too many is an error that counts them."""
    with pytest.raises(ToolchainError, match=r"1 array\(s\)(.|\n)*2 with 3, 2 windows"):
        native.run((np.zeros((3, 4), np.int8), np.zeros((2, 4), np.int8)))


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a C compiler the error says which program was looked for and how to get one."""
    monkeypatch.setenv("CC", "no-such-compiler -m32")
    with pytest.raises(NativeError, match=r"no-such-compiler on PATH(.|\n)*apt-get install gcc"):
        NativeModel.build(_adaptive_model())


def test_a_failing_compiler_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the compiler says is part of the error."""
    monkeypatch.setenv("CC", "cc -include no-such-header.h")
    with pytest.raises(NativeError, match=r"no-such-header\.h"):
        NativeModel.build(_adaptive_model())


def test_a_folder_holds_one_model(tmp_path: Path) -> None:
    """A folder that is taken is left alone."""
    (tmp_path / "c").mkdir()
    with pytest.raises(NativeError, match="new or empty folder"):
        NativeModel.build(_adaptive_model(), tmp_path)


def test_a_closed_model_says_so() -> None:
    """Running after the `with` block is an error, closing twice is none."""
    with NativeModel.build(_adaptive_model()) as native:
        pass
    native.close()
    with pytest.raises(NativeError, match="closed"):
        native.run((np.zeros((1, 4), np.int8),))
