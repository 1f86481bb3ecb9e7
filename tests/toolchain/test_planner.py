"""The memory plan: nothing alive is overwritten, and little is wasted."""

from __future__ import annotations

import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.planner import ALIGNMENT, Block, Member
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
    """Nothing alive shares a byte with something else alive, but for views and an output over the input it replaces."""
    placed = [
        (at + m.start, at + m.stop, m.first, m.last, m.tensor) for at, block in model.plan.blocks for m in block.members
    ]
    shared = {frozenset((k.inputs[k.in_place], t)) for k in model.kernels if k.in_place is not None for t in k.outputs}
    views = {t for k in model.kernels if not k.function for t in k.outputs}
    for (start, stop, first, last, one), (begin, end, born, dead, other) in combinations(placed, 2):
        together = first <= dead and born <= last
        allowed = frozenset((one, other)) in shared and (last == born or dead == first)
        if together and not allowed and not {one, other} & views:
            assert stop <= begin or end <= start
    assert all(0 <= start and stop <= model.plan.arena_bytes for start, stop, *_ in placed)
    assert all(offset % ALIGNMENT == 0 for offset in model.plan.offsets.values())
    assert all(offset % ALIGNMENT == 0 for offset in model.plan.scratch.values())
    assert model.plan.arena_bytes >= model.plan.lower_bound


@st.composite
def chains(draw: st.DrawFn) -> bytes:
    """Convolutions, many of them 1x1 with more channels or fewer, depthwise ones, additions."""
    g, chance = GraphBuilder(), np.random.default_rng(draw(st.integers(0, 99)))
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(1, 6)))
    x = g.input(shape, "int8", 0.05, -3)
    forks: list[tuple[tuple[int, ...], int]] = [(shape, x)]
    for _ in range(draw(st.integers(1, 7))):
        kind, stride = (
            draw(st.sampled_from(["pointwise"] * 3 + ["window", "depthwise", "add"])),
            draw(st.integers(1, 2)),
        )
        same = [t for other, t in forks[:-1] if other == shape and t != x]
        if kind == "add" and same:
            y = g.tensor(shape, "int8", 0.07, 2)
            g.op("ADD", [x, same[-1]], [y])
        else:
            size = 1 if kind == "pointwise" else 3
            channels = shape[3] if kind == "depthwise" else draw(st.integers(1, 24))
            after = (shape[0], -(-shape[1] // stride), -(-shape[2] // stride), channels)
            form = (1, size, size, channels) if kind == "depthwise" else (channels, size, size, shape[3])
            w = g.constant(chance.integers(-127, 128, form).astype(np.int8), np.float32(0.01))
            y = g.tensor(after, "int8", 0.07, int(chance.integers(-9, 9)))
            options = {"padding": 0, "strideH": stride, "strideW": stride}
            options |= {"depthMultiplier": 1} if kind == "depthwise" else {}
            g.op("DEPTHWISE_CONV_2D" if kind == "depthwise" else "CONV_2D", [x, w, -1], [y], **options)
            shape = after
        x = y
        forks.append((shape, x))
    return g.build([x])


@settings(max_examples=150, deadline=None)
@given(chains())
def test_whatever_shares_memory_is_dead_or_replaced(data: bytes) -> None:
    """In random networks no byte belongs to two living tensors."""
    assert_disjoint(Model.of(read_model(data)))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chains())
def test_shared_memory_keeps_every_bit(data: bytes) -> None:
    """The generated C of random networks, planned as tightly as it goes, computes the reference's bits."""
    with tempfile.TemporaryDirectory() as folder:
        assert_c_equals_reference(data, Path(folder), windows=2)


def pointwise(before: tuple[int, ...], channels: int, stride: int = 1) -> bytes:
    """One 1x1 convolution behind an operator that makes its input a tensor of the arena like any other."""
    g = GraphBuilder()
    after = (before[0], -(-before[1] // stride), -(-before[2] // stride), channels)
    x = g.input(before, "int8", 0.05, 1)
    weights = np.random.default_rng(0).integers(-127, 128, (channels, 1, 1, before[3])).astype(np.int8)
    y = g.tensor(after, "int8", 0.3, 1)
    g.op("CONV_2D", [x, g.constant(weights, np.float32(0.01)), -1], [y], padding=1, strideH=stride, strideW=stride)
    return g.build([y])


@pytest.mark.parametrize(
    ("before", "channels", "stride", "lead"),
    [
        ((1, 4, 4, 8), 8, 1, 0),
        ((1, 4, 4, 8), 3, 1, 0),
        ((1, 4, 4, 8), 12, 1, 64),
        ((1, 3, 3, 2), 5, 1, 28),  # 27, rounded up to a word
        ((2, 4, 4, 3), 4, 1, 32),
        ((1, 5, 5, 2), 9, 2, 32),  # the last pixel of the first row ends 31 bytes in front of the second row's start
    ],
)
def test_a_longer_output_begins_before_its_input(
    before: tuple[int, ...], channels: int, stride: int, lead: int, tmp_path: Path
) -> None:
    """A 1x1 convolution shares memory: the output begins as far before its input as no unread byte is overwritten."""
    data = pointwise(before, channels, stride)
    model = Model.of(read_model(data))
    (x,), (y,) = model.graph.inputs, model.graph.outputs
    assert lead == model.plan.offsets[x] - model.plan.offsets[y]
    assert_c_equals_reference(data, tmp_path)


def test_a_block_occupies_only_what_lives_in_it() -> None:
    """Behind a strided depthwise convolution in place, the rest of its input is free for others."""
    big, small = Member(0, 0, 400, 0, 1), Member(1, 0, 100, 1, 5)
    block = Block.of([big, small, Member(2, -40, 100, 5, 6)])
    assert [(40, 440, 0, 1), (40, 140, 2, 4), (0, 140, 5, 6)] == [tuple(span)[1:] for span in block.spans]
    assert [400, 100, 140, 0] == [block.alive(step) for step in (1, 2, 6, 7)]


def test_tensors_alive_together_do_not_overlap() -> None:
    """No two tensors that are alive at one step share a byte."""
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
