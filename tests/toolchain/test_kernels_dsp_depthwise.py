"""Depthwise convolutions of DSP cores: planes of every shape, in place and not, under both contracts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

DSP = ["-DPERSONA_ISA=1"]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def chain(  # noqa: PLR0913  # a shape, how it is convolved, twice how it is scaled
    shape: tuple[int, int, int, int],
    strides: list[tuple[int, int]],
    *,
    kernel: tuple[int, int] = (3, 3),
    same: bool = True,
    spread: tuple[float, float] = (2.0**-9, 2.0**-7),
    zero: int = -128,
    activation: int = 1,
    seed: int = 0,
) -> bytes:
    """Depthwise convolutions one after the other, all but the first of them in place where memory allows it."""
    chance, g = np.random.default_rng(seed), GraphBuilder()
    at = g.input(shape, "int8", 0.05, int(chance.integers(-128, 128)))
    for step in strides:
        batch, height, width, channels = shape
        size = [-(-n // s) if same else (n - k) // s + 1 for n, k, s in zip((height, width), kernel, step, strict=True)]
        shape = (batch, size[0], size[1], channels)
        w = g.constant(
            chance.integers(-127, 128, (1, *kernel, channels)).astype(np.int8),
            chance.uniform(*spread, channels).astype(np.float32),
            axis=3,
        )
        b = g.constant(chance.integers(-9000, 9000, channels).astype(np.int32))
        out = g.tensor(shape, "int8", 0.05, zero)
        options = {"strideH": step[0], "strideW": step[1], "dilationHFactor": 1, "dilationWFactor": 1}
        options |= {"padding": 0 if same else 1, "fusedActivationFunction": activation, "depthMultiplier": 1}
        g.op("DEPTHWISE_CONV_2D", [at, w, b], [out], **options)
        at = out
    return g.build([at])


def check(data: bytes, rounding: Rounding) -> None:
    """The C of DSP cores gives the reference's bits."""
    with tempfile.TemporaryDirectory() as folder:
        assert_c_equals_reference(data, Path(folder), windows=2, options=DSP, rounding=rounding)


@st.composite
def chains(draw: st.DrawFn) -> bytes:
    """Any images, narrow and wide, down to one row or column; any of the scalings."""
    same = draw(st.booleans())
    kernel = draw(st.sampled_from([(3, 3), (3, 3), (3, 3), (1, 3), (2, 2)]))
    least = 1 if same else 3
    strides = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=2 if same else 1))
    shape = (
        draw(st.sampled_from([1, 1, 1, 2])),
        draw(st.integers(least, 18)),
        draw(st.integers(least, 24)),
        draw(st.integers(1, 7)),
    )
    return chain(
        shape,
        strides,
        kernel=kernel,
        same=same,
        spread=draw(st.sampled_from([(2.0**-9, 2.0**-7), (2.0**-14, 2.0**-6), (0.5, 2.0), (2.0**-32, 2.0**-20)])),
        zero=draw(st.sampled_from([-128, -128, -3, 127])),
        activation=draw(st.sampled_from([0, 1, 3])),
        seed=draw(st.integers(0, 999)),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(chains(), st.sampled_from(list(Rounding)))
def test_depthwise_equals_reference(data: bytes, rounding: Rounding) -> None:
    """Random shapes, strides, paddings and scales give the reference's bits, under sanitizers."""
    check(data, rounding)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(
    ("shape", "strides"),
    [
        ((1, 25, 5, 6), [(1, 1), (1, 1)]),
        ((1, 48, 48, 2), [(1, 1), (1, 1), (2, 2)]),
        ((1, 47, 49, 3), [(2, 2), (1, 1)]),
        ((1, 6, 6, 19), [(1, 1), (2, 2), (1, 1), (2, 2), (1, 1)]),
        ((1, 1, 300, 2), [(1, 1)]),
        ((1, 60, 1, 3), [(1, 1), (2, 1), (3, 1)]),
    ],
)
def test_shapes_of_models(shape: tuple[int, int, int, int], strides: list[tuple[int, int]], rounding: Rounding) -> None:
    """Images as in the models, in one band and in several, too wide for planes, one column wide."""
    check(chain(shape, strides), rounding)


def test_large_image_in_bands_takes_no_more_than_the_ring() -> None:
    """Scratch memory of a large image is what in place work needs on every core: three input rows."""
    model = Model.of(read_model(chain((1, 96, 96, 8), [(1, 1), (1, 1)]), "test"))
    second = model.kernels[1]
    assert second.function == "depthwise_conv2d_in_place_s8"
    assert second.args["conv"]["band"] < second.args["conv"]["out_h"]
    assert second.scratch_bytes == 3 * 96 * 8
