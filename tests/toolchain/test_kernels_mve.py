"""The kernels for Helium on the host: the same headers over C in place of the intrinsics, under sanitizers.

What they hold in assembly is C there; the last test runs it on the emulated core.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.operator_cases import CASES
from toolchain.requant import Rounding

OPTIONS: Final = ["-DPERSONA_ISA=2", f"-I{Path(__file__).parent / 'helium'}"]
ROUNDINGS: Final = [Rounding.TFLM, Rounding.LITERT]
DRAWN: Final = settings(
    deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def helium_network(seed: int, *, relu: int = 1, same: bool = True, stride: int = 1) -> bytes:
    """Convolutions of odd sizes one behind the other: 1x1 in place, depthwise in place, whole vectors, an ADD."""
    chance = np.random.default_rng(seed)
    g = GraphBuilder()

    def quantised(shape: tuple[int, ...], zero: int) -> int:
        return g.tensor(shape, "int8", 0.05, zero)

    def convolve(kind: str, x: int, size: tuple[int, int, int], out_c: int, kernel: int, step: int = 1) -> tuple:
        height, width, depth = size
        w_shape = (1, kernel, kernel, out_c) if kind == "DEPTHWISE_CONV_2D" else (out_c, kernel, kernel, depth)
        scale = chance.uniform(0.001, 0.02, out_c).astype(np.float32)
        w = g.constant(
            chance.integers(-127, 128, w_shape).astype(np.int8), scale, axis=3 if kind == "DEPTHWISE_CONV_2D" else 0
        )
        b = g.constant(chance.integers(-9000, 9000, out_c).astype(np.int32))
        out = [-(-n // step) if same else (n - kernel) // step + 1 for n in (height, width)]
        zero = -128 if relu else int(chance.integers(-20, 20))
        y = quantised((1, *out, out_c), zero)
        options = {"strideH": step, "strideW": step, "dilationHFactor": 1, "dilationWFactor": 1}
        options |= {"padding": 0 if same else 1, "fusedActivationFunction": relu}
        if kind == "DEPTHWISE_CONV_2D":
            options["depthMultiplier"] = 1
        g.op(kind, [x, w, b], [y], **options)
        return y, (*out, out_c)

    size = (9, 11, 3)
    x = g.input((1, *size), "int8", 0.03, 7)
    x, size = convolve("CONV_2D", x, size, 35, 3)
    x, size = convolve("DEPTHWISE_CONV_2D", x, size, 35, 3, stride)
    x, size = convolve("CONV_2D", x, size, 16, 1)
    kept = x
    x, size = convolve("DEPTHWISE_CONV_2D", x, size, 16, 3)
    if same:
        y, size = convolve("CONV_2D", x, size, 16, 3)
        x = quantised((1, *size), 3)
        g.op("ADD", [y, kept], [x], fusedActivationFunction=0)
    x, size = convolve("CONV_2D", x, size, 13, 1)
    return g.build([x])


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("name", ["conv2d_s8", "depthwise_conv2d_s8", "fully_connected_s8", "add_s8"])
def test_drawn_operators_equal_the_reference(name: str, rounding: Rounding, tmp_path_factory: pytest.TempPathFactory):
    """Random operators give the reference's bits under both contracts, without a byte read outside their buffers."""

    @settings(DRAWN, max_examples=12)
    @given(CASES[name])
    def check(data: bytes) -> None:
        folder = tmp_path_factory.mktemp("mve")
        assert_c_equals_reference(data, folder, options=OPTIONS, rounding=rounding)

    check()


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(
    ("relu", "same", "stride"), [(1, True, 1), (0, True, 1), (1, True, 2), (3, False, 1), (0, False, 2)]
)
def test_networks_of_odd_sizes_equal_the_reference(
    relu: int, same: bool, stride: int, rounding: Rounding, tmp_path: Path
):  # noqa: FBT001
    """Channels that do not fill a vector, borders, strides, operators in place and a fused ADD give the same bits."""
    data = helium_network(5, relu=relu, same=same, stride=stride)
    assert_c_equals_reference(data, tmp_path, options=OPTIONS, rounding=rounding)


@settings(DRAWN, max_examples=20)
@given(taps=st.integers(1, 70), units=st.integers(1, 40), rows=st.integers(1, 4), seed=st.integers(0, 99))
def test_every_count_of_taps(
    tmp_path_factory: pytest.TempPathFactory, taps: int, units: int, rows: int, seed: int
) -> None:
    """A 1x1 convolution and a fully connected layer of any depth and any number of channels equal the reference."""
    chance = np.random.default_rng(seed)
    g = GraphBuilder()
    x = g.input((1, rows, 1, taps), "int8", 0.05, -5)
    w = g.constant(chance.integers(-128, 128, (units, 1, 1, taps)).astype(np.int8), np.full(units, 0.01, np.float32), axis=0)
    y = g.tensor((1, rows, 1, units), "int8", 0.2, 3)
    options = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1, "padding": 0}
    g.op("CONV_2D", [x, w, g.constant(np.arange(units, dtype=np.int32))], [y], **options)
    v = g.constant(chance.integers(-128, 128, (taps, units)).astype(np.int8), np.full(taps, 0.01, np.float32), axis=0)
    z = g.tensor((rows, taps), "int8", 0.2, 3)
    g.op("FULLY_CONNECTED", [y, v, -1], [z])
    assert_c_equals_reference(g.build([z]), tmp_path_factory.mktemp("taps"), options=OPTIONS)


def test_depthwise_weights_of_minus_128(tmp_path: Path) -> None:
    """Two products of -128 times -128 leave int16: such weights are summed another way."""
    g = GraphBuilder()
    x = g.input((1, 5, 5, 4), "int8", 0.05, 0)
    w = g.constant(np.full((1, 3, 3, 4), -128, np.int8), np.full(4, 0.01, np.float32), axis=3)
    y = g.tensor((1, 5, 5, 4), "int8", 2.0, 0)
    options = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1, "padding": 0}
    g.op("DEPTHWISE_CONV_2D", [x, w, g.constant(np.zeros(4, np.int32))], [y], depthMultiplier=1, **options)
    assert_c_equals_reference(g.build([y]), tmp_path, options=OPTIONS)
