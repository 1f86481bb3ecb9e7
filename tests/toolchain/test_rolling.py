"""Unrolled networks become loops again, and compute the same."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.hosted import Hosted
from toolchain.codegen.body import write_body
from toolchain.codegen.calls import Caller
from toolchain.codegen.rolling import find_runs
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model


@given(st.lists(st.integers(0, 3), max_size=60))
def test_runs_cover_all_items_in_order(items: list[int]) -> None:
    """Written out again, the runs are the items."""
    runs = find_runs(items)
    written = chain.from_iterable(items[run.start : run.start + run.length] * run.times for run in runs)
    assert items == list(written)


def test_the_longest_saving_wins() -> None:
    """A repeated group is one run, not many short ones."""
    assert [(0, 3, 5)] == [(r.start, r.length, r.times) for r in find_runs([1, 2, 2] * 5)]


def test_short_repetitions_stay_straight() -> None:
    """A loop that would save next to nothing is not made."""
    assert all(run.times == 1 for run in find_runs([1, 1, 2, 3, 3]))


def unrolled(steps: int) -> bytes:
    """A recurrent layer over `steps` time steps: h = relu(W x_t) + U h, weights shared."""
    g = GraphBuilder()
    chance = np.random.default_rng(3)
    x = g.input((1, steps, 4), "float32")
    weights = [g.constant(chance.normal(size=(5, n)).astype(np.float32)) for n in (4, 5)]
    h = g.constant(np.zeros((1, 5), np.float32))
    for t in range(steps):
        at, a, b, c = (g.tensor(s, "float32") for s in ((1, 1, 4), (1, 5), (1, 5), (1, 5)))
        begin, size = (g.constant(np.array(v, np.int32)) for v in ((0, t, 0), (1, 1, 4)))
        g.op("SLICE", [x, begin, size], [at])
        g.op("FULLY_CONNECTED", [at, weights[0], -1], [a], fusedActivationFunction=1)
        g.op("FULLY_CONNECTED", [h, weights[1], -1], [b])
        g.op("ADD", [a, b], [c])
        h = c
    return g.build([h])


def test_unrolled_recurrence_becomes_a_loop(tmp_path: Path) -> None:
    """Forty steps are one loop over a table, the slices are views, and every bit is the reference's."""
    model = Model.of(read_model(unrolled(40)))
    assert "copy_strided" not in {kernel.function for kernel in model.kernels}
    body = write_body(Caller(model).calls())
    assert "times the same" in body
    assert body.count("persona_fully_connected_f32(") <= 2 * 4
    windows = [[window] for window in random_inputs(model, 3)[0]]
    for window, found in zip(windows, Hosted(model, tmp_path).run(windows), strict=True):
        expected = Reference(model).run(window).tensors
        for index, ours in found.items():
            np.testing.assert_array_equal(expected[index].view(np.uint32), ours.view(np.uint32))
