"""Biases of fully connected layers in few bytes: the tables hold every bias, and the generated C reads them back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.operators.scale_s8 import bias_args

EDGES = {
    "low": [0, -1, 32767, -32768],
    "low and high": [0, 32768, -32769, 65535, (1 << 23) - 32769, -(1 << 23) - 32768],
    "whole": [0, (1 << 23) - 32768, 1 << 30, -(1 << 30)],
}


def dense(bias: list[int]) -> bytes:
    """One fully connected layer with these biases, of whose outputs many are not at the ends of the range."""
    g = GraphBuilder()
    chance = np.random.default_rng(1)
    x, y = g.input((2, 8), "int8", 0.5, 0), g.tensor((2, len(bias)), "int8", float(max(abs(b) for b in bias)) / 9e3, 0)
    weights = chance.integers(-127, 128, (len(bias), 8)).astype(np.int8)
    g.op("FULLY_CONNECTED", [x, g.constant(weights, np.float32(0.02)), g.constant(np.array(bias, np.int32))], [y])
    return g.build([y])


@pytest.mark.parametrize("form", EDGES)
def test_tables_hold_every_bias(form: str) -> None:
    """Sixteen bits, sixteen and eight, or all of them: the least that holds the largest bias."""
    bias = np.array(EDGES[form], np.int32)
    tables = bias_args(bias)
    assert form.split(" and ") == [name for name in ("low", "high", "whole") if tables[name] is not None]
    if form != "whole":
        high = 0 if tables["high"] is None else np.asarray(tables["high"], np.int64)
        np.testing.assert_array_equal(bias, np.asarray(tables["low"], np.int64) + 65536 * high)


@pytest.mark.parametrize("form", EDGES)
def test_generated_c_reads_them_back(form: str, tmp_path: Path) -> None:
    """A layer with biases at the ends of each form computes the reference's bits."""
    assert_c_equals_reference(dense(EDGES[form]), tmp_path)
