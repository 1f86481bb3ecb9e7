"""The DSP kernels of CONV_2D, CONV_2D with ADD, FULLY_CONNECTED: the reference's bits, checked on a host by ASan."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.operator_cases import CASES
from toolchain.model import Model
from toolchain.operators import conv2d
from toolchain.operators.base import Kernel, MacroTable
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

DSP = ["-DPERSONA_ISA=1"]
ROUNDINGS = list(Rounding)


@dataclass(frozen=True)
class Conv:
    """One convolution of [batches, height, width, in_c]; `scale` is that of the weights."""

    shape: tuple[int, int, int, int]
    out_c: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    dilation: int = 1
    same: bool = True
    activation: int = 0
    scale: float = 0.003
    weights: tuple[int, int] = (-127, 127)

    def add_to(self, g: GraphBuilder, x: int, seed: int) -> tuple[int, tuple[int, ...]]:
        """Put it behind tensor `x`: its output and that one's shape."""
        chance = np.random.default_rng(seed)
        shape = (self.out_c, *self.kernel, self.shape[3])
        w = chance.integers(self.weights[0], self.weights[1] + 1, shape).astype(np.int8)
        scales = chance.uniform(0.3, 1.0, self.out_c).astype(np.float32) * np.float32(self.scale)
        b = chance.integers(-3000, 3000, self.out_c).astype(np.int32)
        sizes = [self._size(self.shape[1 + i], self.kernel[i]) for i in (0, 1)]
        out = (self.shape[0], *sizes, self.out_c)
        y = g.tensor(out, "int8", 0.07, -128 if self.activation else 5)
        options = {"strideH": self.stride, "strideW": self.stride, "padding": 0 if self.same else 1}
        options |= {"dilationHFactor": self.dilation, "dilationWFactor": self.dilation}
        options |= {"fusedActivationFunction": self.activation}
        g.op("CONV_2D", [x, g.constant(w, scales, axis=0), g.constant(b)], [y], **options)
        return y, out

    def _size(self, size: int, kernel: int) -> int:
        lost = 0 if self.same else (kernel - 1) * self.dilation
        return -(-(size - lost) // self.stride)


def convolutions(convs: Sequence[Conv]) -> bytes:
    """Convolutions side by side, each on an input of its own."""
    g, outputs = GraphBuilder(), []
    for seed, conv in enumerate(convs):
        outputs.append(conv.add_to(g, g.input(conv.shape, "int8", 0.05, -3), seed)[0])
    return g.build(outputs)


WINDOWS = {
    "pointwise": [Conv((1, 1, 1 + c % 5, c), 1 + c % 4) for c in range(1, 14)],
    "pointwise with a step": [Conv((2, 5, 6, c), 3, stride=2) for c in (3, 4, 8)],
    "columns": [Conv((1, h, 5, 1), 3, (10, 4), stride=2) for h in (11, 12)],
    "three channels": [Conv((1, 7, 6, 3), 8, (3, 3), stride=s, activation=3) for s in (1, 2)],
    "whole words": [Conv((2, 5, 4, 4), c, (3, 3), same=s) for c in (1, 2, 5) for s in (False, True)],
    "dilated": [Conv((1, 7, 8, c), 3, (3, 2), dilation=2, same=s) for c in (3, 4) for s in (False, True)],
    "wider than the image": [Conv((1, 2, 2, c), 2, (5, 5)) for c in (2, 4)],
    "two windows at once": [Conv((1, 4, 5, c), 3, (3, 3)) for c in (19, 20)],
    "one channel": [Conv((1, 3, w, 1), 2, (1, w), same=s) for w in (1, 2, 3, 5, 8) for s in (False, True)],
    "scales above one": [Conv((1, 3, 3, 4), 3, scale=s) for s in (0.9, 3.0, 40.0)],
    "tiny scales": [Conv((1, 3, 3, 4), 3, scale=s, activation=a) for s in (1e-7, 1e-9) for a in (0, 1)],
    "weights of -128": [Conv((1, 3, 4, 4), 3, (2, 2), weights=(-128, -128))],
    "long sums": [Conv((1, 2, 2, 560), 3, weights=(120, 127)), Conv((1, 5, 2, 40), 3, (4, 4), weights=(120, 127))],
}


@pytest.mark.parametrize(("rounding", "columns"), [(Rounding.TFLM, 2), (Rounding.TFLM, 3), (Rounding.LITERT, 3)])
@pytest.mark.parametrize("windows", WINDOWS)
def test_convolutions(
    windows: str, rounding: Rounding, columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Convolutions of many forms compute the reference's bits, by two windows and by three."""
    monkeypatch.setattr(conv2d, "_columns", lambda *_: columns)
    assert_c_equals_reference(convolutions(WINDOWS[windows]), tmp_path, options=DSP, rounding=rounding)


@pytest.mark.parametrize("windows", ["pointwise", "whole words", "two windows at once", "weights of -128"])
def test_tables_serve_the_plain_kernels_too(windows: str, tmp_path: Path) -> None:
    """The plain kernels read the same tables as plain bytes."""
    assert_c_equals_reference(convolutions(WINDOWS[windows]), tmp_path, options=["-DPERSONA_ISA=0"])


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("out_c", [6, 5, 1])
def test_pointwise_in_place(out_c: int, rounding: Rounding, tmp_path: Path) -> None:
    """A chain of 1x1 convolutions that do not grow may share memory."""
    g, first = GraphBuilder(), Conv((1, 5, 5, 7), 6)
    y, shape = first.add_to(g, g.input(first.shape, "int8", 0.05, -3), 1)
    z, shape = Conv((1, *shape[1:]), out_c).add_to(g, y, 2)
    z, _ = Conv((1, *shape[1:]), 1).add_to(g, z, 3)
    data = g.build([z])
    plan = Model.of(read_model(data, "test")).plan
    assert plan.offsets[y] == plan.offsets[z]
    assert_c_equals_reference(data, tmp_path, options=DSP, rounding=rounding)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(
    "conv", [Conv((1, 4, 4, 5), 5), Conv((1, 5, 3, 8), 8, (3, 3)), Conv((1, 2, 5, 37), 37, (3, 3))]
)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("least", [-127, -128])
def test_convolution_with_add(conv: Conv, rounding: Rounding, tmp_path: Path, first: bool, least: int) -> None:  # noqa: FBT001
    """A convolution with an ADD behind it writes over the ADD's other input."""
    g = GraphBuilder()
    x = g.input(conv.shape, "int8", 0.05, -3)
    other, shape = replace(conv, kernel=(1, 1)).add_to(g, x, 4)
    y, _ = replace(conv, weights=(least, 127)).add_to(g, other, 5)
    z = g.tensor(shape, "int8", 0.09, -11)
    g.op("ADD", [y, other] if first else [other, y], [z], fusedActivationFunction=0)
    model = Model.of(read_model(g.build([z]), "test"))
    assert [k.function for k in model.kernels] == ["conv2d_s8", "conv2d_add_s8"]
    assert_c_equals_reference(g.build([z]), tmp_path, options=DSP, rounding=rounding)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_fully_connected(rounding: Rounding, tmp_path: Path) -> None:
    """Layers of every depth around whole steps, with units that do not divide by three, one row and several."""
    g, outputs = GraphBuilder(), []
    for rows, depth, units in [(1, d, 1 + d % 7) for d in range(1, 28)] + [(3, d, 5) for d in (3, 8, 9, 16, 22)]:
        chance = np.random.default_rng(depth)
        x = g.input((rows, depth), "int8", 0.05, 7)
        w = g.constant(chance.integers(-127, 128, (units, depth)).astype(np.int8), 0.004)
        b = g.constant(chance.integers(-3000, 3000, units).astype(np.int32), 0.0002)
        outputs.append(g.tensor((rows, units), "int8", 0.1, -9))
        g.op("FULLY_CONNECTED", [x, w, b], outputs[-1:], fusedActivationFunction=depth % 2)
    assert_c_equals_reference(g.build(outputs), tmp_path, options=DSP, rounding=rounding)


def test_weights_that_do_not_pair_stay_bytes() -> None:
    """Rows with pairs beyond 16 bits or with sums beyond 24 keep their weights as they are."""
    for name, windows in WINDOWS.items():
        paired = [isinstance(t, MacroTable) for k in _kernels(windows) for t in k.packed.values()]
        assert any(paired) != (name in {"weights of -128", "long sums"})


def _kernels(convs: Sequence[Conv]) -> Sequence[Kernel]:
    return Model.of(read_model(convolutions(convs), "test")).kernels


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("case", ["conv2d_s8", "fully_connected_s8"])
def test_random_forms(case: str, rounding: Rounding) -> None:
    """Random forms of the operators compute the reference's bits."""

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(CASES[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            assert_c_equals_reference(data, Path(folder), seed=seed, options=DSP, rounding=rounding)

    check()
