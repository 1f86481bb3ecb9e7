"""Reading .tflite files: whatever the bytes are, a graph or one ModelError comes out."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.fuzz_models import seeds
from tests.toolchain.fuzz_reader import fuzz
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.errors import ModelError
from toolchain.graph import DType
from toolchain.model import Model
from toolchain.tflite.constants import constant_spans, patch_constants
from toolchain.tflite.reader import read_model


def small_model() -> bytes:
    """One int8 FULLY_CONNECTED without bias."""
    g = GraphBuilder()
    x = g.input((1, 4), "int8", 0.5, 3)
    w = g.constant(np.arange(8, dtype=np.int8).reshape(2, 4), 0.25)
    y = g.tensor((1, 2), "int8", 0.125, -4)
    g.op("FULLY_CONNECTED", [x, w, -1], [y], fusedActivationFunction=1)
    return g.build([y])


def test_tensors_and_options_are_read() -> None:
    """Shapes, types, quantisation, values, options and optional inputs arrive."""
    graph = read_model(small_model(), "small")
    x, w, y = graph.tensors
    assert ((1, 4), DType.INT8, (np.float32(0.5), 3)) == (x.shape, x.dtype, x.scale_zero)
    np.testing.assert_array_equal(np.arange(8).reshape(2, 4), w.data)
    assert (np.float32(0.125), -4) == y.scale_zero
    (op,) = graph.operators
    assert ("FULLY_CONNECTED", (0, 1, -1), (2,), "RELU") == (op.kind, op.inputs, op.outputs, op.options["activation"])


@pytest.mark.parametrize("data", [b"", b"\0" * 8, b"hello, world", b"\x1c\0\0\0TFL2" + b"\0" * 64])
def test_other_files_are_refused(data: bytes) -> None:
    """What is no .tflite file is called that."""
    with pytest.raises(ModelError, match=r"not a \.tflite file"):
        read_model(data)


def test_every_truncation_is_refused() -> None:
    """No proper prefix of a model is a model."""
    data = small_model()
    for length in range(len(data)):
        with pytest.raises(ModelError):
            read_model(data[:length])


def test_damaged_files_end_in_one_error_type() -> None:
    """Random damage gives a graph or a ModelError, quickly: no other exception, no endless walk."""
    chance = random.Random(20260101)
    data = small_model()
    for _ in range(3000):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        try:
            read_model(bytes(damaged))
        except ModelError:
            continue


def test_unknown_operators_are_listed_at_once() -> None:
    """All unsupported operators appear in one error, by place and name."""
    g = GraphBuilder()
    x, a, b = g.input((1, 4), "float32"), g.tensor((1, 4), "float32"), g.tensor((1, 4), "float32")
    g.op("COS", [x], [a])
    g.op("SIN", [a], [b])
    with pytest.raises(ModelError, match=r"2 operator\(s\)(.|\n)*0 \(COS\)(.|\n)*1 \(SIN\)"):
        Model.of(read_model(g.build([b])))


def test_patching_changes_one_tensor_and_nothing_else() -> None:
    """A patched file differs in the values of the tensor alone."""
    data = small_model()
    start, size = constant_spans(data)[1]
    patched = patch_constants(data, {1: np.full((2, 4), 9, np.int8)})
    assert 8 == size
    assert data[:start] + bytes([9] * 8) + data[start + size :] == patched


def test_real_models_are_read(data_folder: Path) -> None:
    """The reference models of MLPerf Tiny and TFLM are read."""
    for path in sorted((data_folder / "models").glob("*.tflite")):
        assert read_model(path.read_bytes(), path.stem).operators


def test_structured_damage_ends_in_one_error_type() -> None:
    """Models with damaged tables are read and compiled, or refused by a ModelError (`fuzz_reader` tries many more)."""
    counts = fuzz([small_model(), *islice(seeds(1), 0, None, 8)], 600, 20260101, None)
    assert not [name for name in counts if name.startswith("FOUND")]


def _chain(order: list[int]) -> bytes:
    """Three operators in a row, written in the given order."""
    g = GraphBuilder()
    tensors = [g.input((1, 4), "float32"), *(g.tensor((1, 4), "float32") for _ in range(3))]
    for i in order:
        g.op("RESHAPE", [tensors[i]], [tensors[i + 1]])
    return g.build([tensors[3]])


def test_operators_out_of_order_are_refused() -> None:
    """An operator that reads what is only written later is named."""
    assert 3 == len(read_model(_chain([0, 1, 2])).operators)
    with pytest.raises(ModelError, match=r"operator 0 \(RESHAPE\) reads tensor 1 .*only written afterwards"):
        read_model(_chain([1, 0, 2]))


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ([0], [0], "already has a value"),
        ([1], [1], "only written afterwards"),
        ([0], [1, 1], "twice"),
        ([], [1], "has no input"),
        ([0], [], "has no output"),
        ([0], [-1], "is left out"),
        ([2], [1], "nothing writes"),
        ([0], [3], "already has a value"),
    ],
)
def test_impossible_data_flow_is_refused(inputs: list[int], outputs: list[int], message: str) -> None:
    """Cycles, missing and doubled tensors each end in a sentence of their own."""
    g = GraphBuilder()
    g.input((1, 4), "float32")
    for shape in ((1, 4), (1, 4), (0, 4)):
        g.tensor(shape, "float32")
    g.op("RESHAPE", inputs, outputs)
    with pytest.raises(ModelError, match=message):
        read_model(g.build([1]))


def test_all_foreign_types_are_listed_with_their_operators() -> None:
    """Every tensor of an unsupported type is named with who uses it, next to the operators that are not supported."""
    g = GraphBuilder()
    x, y, z = g.input((4,), "float16"), g.tensor((4,), "complex64"), g.tensor((4,), "float32")
    g.op("ABS", [x], [y])
    g.op("SPARSE_TO_DENSE", [y], [z])
    with pytest.raises(ModelError, match=r"2 tensor\(s\)") as caught:
        read_model(g.build([z]))
    for part in ("float16, used by operator 0 (ABS)", "complex64", "operator 1 (SPARSE_TO_DENSE) is not supported"):
        assert part in str(caught.value)


@pytest.mark.parametrize("strides", [(-1, 1), (1, -1)])
def test_strides_that_lead_nowhere_are_refused(strides: tuple[int, int]) -> None:
    """A pool that does not move, or moves backwards, never becomes C."""
    g = GraphBuilder()
    x, y = g.input((1, 4, 4, 1), "float32"), g.tensor((1, 4, 4, 1), "float32")
    options = {"filterHeight": 1, "filterWidth": 1, "strideH": strides[0], "strideW": strides[1], "padding": 0}
    g.op("MAX_POOL_2D", [x], [y], **options)
    with pytest.raises(ModelError, match="cannot move"):
        Model.of(read_model(g.build([y])))


def test_a_small_file_cannot_unfold_to_a_large_model() -> None:
    """The same bytes may not stand for any number of tensors."""
    g = GraphBuilder()
    x, values = g.input((1,), "int8"), np.zeros(1 << 20, np.int8)
    first = g.constant(values)
    for _ in range(300):
        g._graph.tensors.append(g._graph.tensors[first])
    y = g.tensor((1,), "int8")
    g.op("RESHAPE", [x], [y])
    with pytest.raises(ModelError, match="unfolds to too much"):
        read_model(g.build([y]))
