"""The memory plan: nothing alive is overwritten, and little is wasted."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.tflite.reader import read_model


def residual_model() -> Model:
    """Two branches that meet in an ADD, a reshape at the end."""
    g = GraphBuilder()
    shape = (1, 4, 4, 2)
    x = g.input(shape, "float32")
    a, b, c = (g.tensor(shape, "float32") for _ in range(3))
    y = g.tensor((1, 32), "float32")
    margins = g.constant(np.zeros((4, 2), np.int32))
    g.op("PAD", [x, margins], [a])
    g.op("PAD", [a, margins], [b])
    g.op("ADD", [a, b], [c])
    g.op("RESHAPE", [c, g.constant(np.array([1, 32], np.int32))], [y], newShape=[1, 32])
    return Model.of(read_model(g.build([y])))


def assert_disjoint(model: Model) -> None:
    """No block overlaps another that is alive at the same time."""
    for (at, one), (where, other) in combinations(model.plan.blocks, 2):
        if one.first <= other.last and other.first <= one.last:
            assert at + one.size <= where or where + other.size <= at
    assert model.plan.arena_bytes >= model.plan.lower_bound


def test_blocks_alive_together_do_not_overlap() -> None:
    """No two blocks that are alive at one step share a byte."""
    assert_disjoint(residual_model())


def test_reshape_and_add_reuse_memory() -> None:
    """A reshape is a name, an ADD writes into an input that is not needed any more."""
    model = residual_model()
    offsets = model.plan.offsets
    _, a, _, c, y = (t.index for t in model.graph.tensors if t.data is None)
    assert offsets[a] == offsets[c] == offsets[y]
    assert 2 * 4 * 32 == model.plan.arena_bytes


@pytest.mark.parametrize("name", ["ad_int8", "hello_world_int8", "hello_world_float"])
def test_plans_of_real_models_reach_the_lower_bound(data_folder: Path, name: str) -> None:
    """The plan of a chain of layers is as small as its liveness allows."""
    model = Model.of(read_model((data_folder / "models" / f"{name}.tflite").read_bytes(), name))
    assert_disjoint(model)
    assert model.plan.lower_bound == model.plan.arena_bytes
