"""Operators that rename memory or follow from shapes and constants: values as NumPy has them, and in C."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

X = np.arange(6, dtype=np.float32).reshape(1, 2, 3) - 2
CONSTANTS = {
    "EXPAND_DIMS": [np.array([1], np.int32)],
    "FILL": [np.array([2, 3], np.int32), np.array(1.5, np.float32)],
    "RANGE": [np.array(v, np.int32) for v in (2, 11, 3)],
    "SELECT": [np.array([[[True, False, True], [False, True, False]]]), np.full((1, 2, 3), 9, np.float32)],
}
EXPECTED = {
    "EXPAND_DIMS": X[:, None],
    "SQUEEZE": X[0],
    "FILL": np.full((2, 3), 1.5, np.float32),
    "RANGE": np.array([2, 5, 8], np.int32),
    "RANK": np.array(3, np.int32),
    "SHAPE": np.array([1, 2, 3], np.int32),
    "ZEROS_LIKE": np.zeros_like(X),
    "SELECT": np.where([[[True, False, True], [False, True, False]]], 9, X).astype(np.float32),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_values_are_those_of_numpy(kind: str, tmp_path: Path) -> None:
    """The reference gives what NumPy gives, and the generated C the reference's bits."""
    expected = EXPECTED[kind]
    g = GraphBuilder()
    x = g.input(X.shape, "float32")
    constants = [g.constant(values) for values in CONSTANTS.get(kind, [])]
    inputs = {"FILL": constants, "RANGE": constants, "SELECT": [*constants, x]}.get(kind, [x, *constants])
    y = g.tensor(expected.shape, expected.dtype.name)
    g.op(kind, inputs, [y])
    z = g.tensor(X.shape, "float32")
    g.op("ADD", [x, x], [z])
    data = g.build([y, z])
    (found, _) = Reference(Model.of(read_model(data))).run([X]).outputs
    np.testing.assert_array_equal(expected, found)
    assert_c_equals_reference(data, tmp_path)
