"""The kernels for Helium on the host: the same headers over C in place of the intrinsics, under sanitizers.

What they hold in assembly is C there; the last test runs it on the emulated core.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from firmware_bridge.build import compile_into
from firmware_bridge.image import inspect
from firmware_bridge.platforms import PLATFORMS
from hil.emulator import booted
from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from tests.toolchain.operator_cases import CASES
from toolchain.bundle import Bundle
from toolchain.bundling import bundle_model
from toolchain.golden import random_inputs
from toolchain.reference import Reference
from toolchain.requant import Rounding

OPTIONS: Final = ["-DPERSONA_ISA=2", f"-I{Path(__file__).parent / 'helium'}"]
ROUNDINGS: Final = [Rounding.TFLM, Rounding.LITERT]
VARIANTS: Final = [
    {},
    {"relu": 0},
    {"stride": 2},
    {"relu": 3, "same": 0},
    {"relu": 0, "same": 0, "stride": 2},
]
DRAWN: Final = settings(
    deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


class Image(NamedTuple):
    """A tensor of the network and its size."""

    tensor: int
    height: int
    width: int
    depth: int


def _convolve(g: GraphBuilder, chance: np.random.Generator, x: Image, kind: str, out_c: int, **how: int) -> Image:
    """One more layer; `how` holds kernel, stride, same and relu."""
    kernel, stride, relu = how.get("kernel", 1), how.get("stride", 1), how["relu"]
    depthwise = kind == "DEPTHWISE_CONV_2D"
    weights = (1, kernel, kernel, out_c) if depthwise else (out_c, kernel, kernel, x.depth)
    scales = chance.uniform(0.001, 0.02, out_c).astype(np.float32)
    w = g.constant(chance.integers(-127, 128, weights).astype(np.int8), scales, axis=3 if depthwise else 0)
    b = g.constant(chance.integers(-9000, 9000, out_c).astype(np.int32))
    height, width = (-(-n // stride) if how["same"] else (n - kernel) // stride + 1 for n in (x.height, x.width))
    y = g.tensor((1, height, width, out_c), "int8", 0.05, -128 if relu else int(chance.integers(-20, 20)))
    options = {"strideH": stride, "strideW": stride, "dilationHFactor": 1, "dilationWFactor": 1}
    options |= {"depthMultiplier": 1} if depthwise else {}
    g.op(kind, [x.tensor, w, b], [y], padding=0 if how["same"] else 1, fusedActivationFunction=relu, **options)
    return Image(y, height, width, out_c)


def odd_network(*, relu: int = 1, same: int = 1, stride: int = 1) -> bytes:
    """Layers of odd sizes one behind the other: 1x1 and depthwise in place, whole vectors, eight channels, an ADD."""
    chance, g = np.random.default_rng(5), GraphBuilder()
    how = {"relu": relu, "same": same}
    x = Image(g.input((1, 13, 15, 3), "int8", 0.03, 7), 13, 15, 3)
    x = _convolve(g, chance, x, "CONV_2D", 35, kernel=3, **how)
    x = _convolve(g, chance, x, "DEPTHWISE_CONV_2D", 35, kernel=3, stride=stride, **how)
    kept = x = _convolve(g, chance, x, "CONV_2D", 16, **how)
    x = _convolve(g, chance, x, "DEPTHWISE_CONV_2D", 16, kernel=3, **how)
    x = _convolve(g, chance, x, "CONV_2D", 16, kernel=3, **how)
    if same:
        total = g.tensor((1, x.height, x.width, x.depth), "int8", 0.06, 3)
        g.op("ADD", [x.tensor, kept.tensor], [total], fusedActivationFunction=0)
        x = Image(total, x.height, x.width, x.depth)
    x = _convolve(g, chance, x, "CONV_2D", 8, **how)
    if same:
        x = _convolve(g, chance, x, "DEPTHWISE_CONV_2D", 8, kernel=3, **how)
        x = _convolve(g, chance, x, "CONV_2D", 7, kernel=3, **how)
    return g.build([_convolve(g, chance, x, "CONV_2D", 21, **how).tensor])


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("name", ["conv2d_s8", "depthwise_conv2d_s8", "fully_connected_s8"])
def test_drawn_operators_equal_the_reference(
    name: str, rounding: Rounding, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Random operators give the reference's bits under both contracts, without a byte read outside their buffers."""

    @settings(DRAWN, max_examples=6)
    @given(CASES[name])
    def check(data: bytes) -> None:
        folder = tmp_path_factory.mktemp("mve")
        assert_c_equals_reference(data, folder, options=OPTIONS, rounding=rounding)

    check()


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_networks_of_odd_sizes_equal_the_reference(variant: dict[str, int], rounding: Rounding, tmp_path: Path) -> None:
    """Channels that do not fill a vector, borders, strides, operators in place and a fused ADD give the same bits."""
    assert_c_equals_reference(odd_network(**variant), tmp_path, options=OPTIONS, rounding=rounding)


@settings(DRAWN, max_examples=10)
@given(taps=st.integers(1, 70), units=st.integers(1, 40), rows=st.integers(1, 4), seed=st.integers(0, 99))
def test_every_count_of_taps(
    tmp_path_factory: pytest.TempPathFactory, taps: int, units: int, rows: int, seed: int
) -> None:
    """A 1x1 convolution and a fully connected layer of any depth and any number of channels equal the reference."""
    chance = np.random.default_rng(seed)
    g = GraphBuilder()
    x = g.input((1, rows, 1, taps), "int8", 0.05, -5)
    w = g.constant(
        chance.integers(-128, 128, (units, 1, 1, taps)).astype(np.int8), np.full(units, 0.01, np.float32), axis=0
    )
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


@pytest.mark.emulator
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("variant", VARIANTS[:3])
def test_the_emulated_core_equals_the_reference(variant: dict[str, int], rounding: Rounding, tmp_path: Path) -> None:
    """The instructions themselves, assembly among them, give the reference's bits."""
    platform = PLATFORMS["mps3-an547"]
    if shutil.which(platform.compiler) is None:
        pytest.skip(f"{platform.compiler} is not installed (package {platform.package})")
    (tmp_path / "odd.tflite").write_bytes(odd_network(**variant))
    bundle_model(tmp_path / "odd.tflite", tmp_path / "bundle", rounding=rounding)
    model = Bundle.open(tmp_path / "bundle").model
    image = inspect(compile_into(tmp_path / "build", tmp_path / "bundle", platform.preset), platform)
    (data,) = random_inputs(model, 3, 1)
    with booted(image) as device:
        for window in data:
            assert device.infer(window.tobytes()).output == Reference(model).run((window,)).output_bytes
