"""Folding of constant subgraphs: the same bits with and without it, and nothing folded that must stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.toolchain.equality import assert_c_equals_reference, assert_reference_equals_oracle
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.operators import lower_graph
from toolchain.passes.constants import fold_constants
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def _reshape_by_shape() -> bytes:
    """SHAPE, STRIDED_SLICE, PACK, then RESHAPE by what they yield, as converters write `x.view(x.shape[0], -1)`."""
    g = GraphBuilder()
    x = g.input((2, 3, 4), "float32")
    shape, batch, wanted = g.tensor((3,), "int32"), g.tensor((), "int32"), g.tensor((2,), "int32")
    y = g.tensor((2, 12), "float32")
    g.op("SHAPE", [x], [shape], outType=2)
    bounds = [g.constant(_ints(0)), g.constant(_ints(1)), g.constant(_ints(1))]
    g.op("STRIDED_SLICE", [shape, *bounds], [batch], shrinkAxisMask=1, beginMask=0, endMask=0)
    g.op("PACK", [batch, g.constant(np.array(12, np.int32))], [wanted], valuesCount=2, axis=0)
    g.op("RESHAPE", [x, wanted], [y])
    return g.build([y])


def test_a_shape_computed_from_a_shape_is_folded() -> None:
    """Only the RESHAPE is left; SHAPE, STRIDED_SLICE and PACK became one constant."""
    graph = fold_constants(read_model(_reshape_by_shape()), Rounding.TFLM)
    assert ["RESHAPE"] == [op.kind for op in graph.operators]
    assert [2, 12] == graph.tensors[graph.operators[0].inputs[1]].data.tolist()
    assert [""] == [kernel.function for kernel in lower_graph(graph, Rounding.TFLM)]


def test_folding_keeps_the_bits(tmp_path: Path) -> None:
    """Folded and compiled, the model equals TFLite Micro, which runs every operator."""
    assert_reference_equals_oracle(_reshape_by_shape())
    assert_c_equals_reference(_reshape_by_shape(), tmp_path)


def test_arithmetic_on_weights_is_folded() -> None:
    """Dequantised weights become float weights, to the bit of the run-time operator."""
    g = GraphBuilder()
    x = g.input((1, 4), "float32")
    packed = g.constant(np.arange(-6, 6, dtype=np.int8).reshape(3, 4), 0.25, 1)
    weights, y = g.tensor((3, 4), "float32"), g.tensor((1, 3), "float32")
    g.op("DEQUANTIZE", [packed], [weights])
    g.op("FULLY_CONNECTED", [x, weights, -1], [y])
    graph = fold_constants(read_model(g.build([y])), Rounding.TFLM)
    assert ["FULLY_CONNECTED"] == [op.kind for op in graph.operators]
    expected = np.float32(0.25) * (np.arange(-6, 6).reshape(3, 4) - 1).astype(np.float32)
    np.testing.assert_array_equal(expected, graph.tensors[weights].data)


def test_adaptive_parameters_are_not_folded() -> None:
    """What may change later stays an operand."""
    g = GraphBuilder()
    kept = g.constant(np.ones((2, 2), np.float32))
    turned, y = g.tensor((2, 2), "float32"), g.tensor((1, 2), "float32")
    x = g.input((1, 2), "float32")
    g.op("TRANSPOSE", [kept, g.constant(_ints(1, 0))], [turned])
    g.op("FULLY_CONNECTED", [x, turned, -1], [y])
    graph = read_model(g.build([y]))
    assert len(fold_constants(graph, Rounding.TFLM).operators) == 1
    assert len(fold_constants(graph, Rounding.TFLM, frozenset({kept})).operators) == 2


def test_an_output_is_written_at_run_time(tmp_path: Path) -> None:
    """A graph whose output is constant still writes it, through SHAPE or through a reshaped constant."""
    g = GraphBuilder()
    x = g.input((2, 5), "float32")
    shape, table = g.tensor((2,), "int32"), g.tensor((3, 2), "int8")
    g.op("SHAPE", [x], [shape], outType=2)
    g.op("RESHAPE", [g.constant(np.arange(6, dtype=np.int8)), g.constant(_ints(3, 2))], [table])
    data = g.build([shape, table])
    assert len(fold_constants(read_model(data), Rounding.TFLM).operators) == 2
    assert_c_equals_reference(data, tmp_path)


def test_unknown_operators_are_left_alone() -> None:
    """Folding does not stop at what the compiler cannot lower; that is reported later, all at once."""
    g = GraphBuilder()
    x = g.input((1, 2), "float32")
    odd, y = g.tensor((1, 2), "float32"), g.tensor((1, 2), "float32")
    g.op("ATAN2", [g.constant(np.ones((1, 2), np.float32)), g.constant(np.ones((1, 2), np.float32))], [odd])
    g.op("ADD", [x, odd], [y])
    assert len(fold_constants(read_model(g.build([y])), Rounding.TFLM).operators) == 2


def test_index_arithmetic_is_folded() -> None:
    """Negative indices made positive, as converters write it, end as one constant."""
    g = GraphBuilder()
    x, given = g.input((5,), "float32"), g.constant(_ints(-1, 2))
    negative, moved, chosen = g.tensor((2,), "bool"), g.tensor((2,), "int32"), g.tensor((2,), "int32")
    y = g.tensor((2,), "float32")
    g.op("LESS", [given, g.constant(_ints(0))], [negative])
    g.op("ADD", [given, g.constant(_ints(5))], [moved])
    g.op("SELECT_V2", [negative, moved, given], [chosen])
    g.op("GATHER", [x, chosen], [y], axis=0)
    graph = fold_constants(read_model(g.build([y])), Rounding.TFLM)
    assert ["GATHER"] == [op.kind for op in graph.operators]
    assert [4, 2] == graph.tensors[chosen].data.tolist()
