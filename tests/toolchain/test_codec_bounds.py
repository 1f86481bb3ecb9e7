"""The error bound of each codec, as docs/numerics.md states it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from toolchain.codecs import Codec, coder
from toolchain.edit import clip_delta
from toolchain.errors import EditError
from toolchain.latent import LEVELS, Latent, Part
from toolchain.layout import Layout, Vector

LAYOUT = Layout.of({"w": (30, 10), "b": (7,), "s": (600,)}, {"w": 0.05, "b": 1.999, "s": 3e-5})
ROUNDING = 2.0**-22
"""Of T: what the float32 roundings of step and product may add to half a step."""

_CHANCE = np.random.default_rng(4)
LATENT = Latent.of(
    [
        Part(8 * i, t.clip / 2**14, _CHANCE.integers(-127, 128, (9, t.size)).astype(np.int8))
        for i, t in enumerate(LAYOUT.tensors)
    ],
    LAYOUT,
)


def delta_of(seed: int, scale: float) -> Vector:
    """A clipped delta, in units of T: dense at one end of the buffer, with long gaps at the other."""
    chance = np.random.default_rng(seed)
    wanted = scale * chance.normal(size=LAYOUT.size) * LAYOUT.clip_vector
    wanted[150:] *= chance.random(LAYOUT.size - 150) < 0.01
    return clip_delta(wanted.astype(np.float32), LAYOUT)


DELTAS = st.builds(delta_of, st.integers(0, 2**32 - 1), st.sampled_from([1e-3, 0.1, 1.0, 30.0]))


def error_of(codec: Codec, delta: Vector) -> npt.NDArray[np.float64]:
    """What the codec changes, float64 [size]."""
    own = coder(codec, LAYOUT, LATENT)
    decoded = own.decode(own.encode(delta))
    assert np.all(np.abs(decoded) <= LAYOUT.clip_vector)
    return np.asarray(np.abs(decoded.astype(np.float64) - delta))


@given(DELTAS)
def test_f32_changes_nothing(delta: Vector) -> None:
    """Every bit."""
    assert np.all(error_of(Codec.F32, delta) == 0)


@given(DELTAS)
def test_f16_is_the_nearest_half(delta: Vector) -> None:
    """2^-11 of the value, 2^-25 for small ones; where the nearest half exceeds T, less than one step at T."""
    near = np.maximum(2.0**-11 * np.abs(delta.astype(np.float64)), 2.0**-25)
    at_most = LAYOUT.clip_vector.astype(np.float64)
    step = np.exp2(np.maximum(np.floor(np.log2(at_most)), -14) - 10)
    exceeds = np.abs(delta.astype(np.float16).astype(np.float64)) > at_most
    error = error_of(Codec.F16, delta)
    assert np.all(error <= np.where(exceeds, step, near))
    assert np.all(error < np.maximum(near, step))


@pytest.mark.parametrize(("codec", "levels"), [(Codec.INT8, 127), (Codec.INT4, 7), (Codec.SPARSE, 127)])
@given(delta=DELTAS)
def test_levels_are_within_half_a_step(codec: Codec, levels: int, delta: Vector) -> None:
    """T/254, T/14 and, as every level that is not 0 has an entry, T/254; 2^-22 T more for the float32 roundings."""
    bound = LAYOUT.clip_vector.astype(np.float64) * (1 / (2 * levels) + ROUNDING)
    assert np.all(error_of(codec, delta) <= bound)


@given(DELTAS)
def test_sparse_makes_the_bank_of_int8(delta: Vector) -> None:
    """In at most two bytes a parameter, and two for each 255 that it passes over."""
    sparse, int8 = (coder(codec, LAYOUT) for codec in (Codec.SPARSE, Codec.INT8))
    payload = sparse.encode(delta)
    np.testing.assert_array_equal(int8.decode(int8.encode(delta)), sparse.decode(payload))
    entries = np.count_nonzero(np.frombuffer(int8.encode(delta), np.int8))
    assert len(payload) <= 2 * (entries + LAYOUT.size // 255)


@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 1.0]))
def test_latent_is_within_the_rounding_of_a_code(seed: int, scale: float) -> None:
    """Half a level of each row, for a delta that some real code would make; clipping only brings it nearer."""
    real = scale * np.random.default_rng(seed).uniform(-100, 100, LATENT.code_bytes)
    exact = np.empty(LAYOUT.size)
    for part, tensor in zip(LATENT.parts, LAYOUT.tensors, strict=True):
        weights = np.append(real[part.span], 127.0)
        exact[tensor.span] = part.scale * (weights @ part.rows.astype(np.float64))
    code = LATENT.fit(exact, LAYOUT)
    # A tensor with fewer floats than levels has many codes; the shortest of them may want a level that there is not.
    assume(np.abs(code.astype(np.int32)).max() < LEVELS)
    delta = LATENT.decode(code, LAYOUT).astype(np.float64)
    limit = LAYOUT.clip_vector.astype(np.float64)
    bound = LATENT.rounding_bound(LAYOUT) + 2.0**-24 * np.abs(exact) + ROUNDING * limit
    assert np.all(np.abs(delta - np.clip(exact, -limit, limit)) <= bound)


def test_a_delta_beyond_float16_is_refused() -> None:
    """Where T lets it through; up to 65,519 the nearest half is finite."""
    layout = Layout.of({"w": (1,)}, {"w": 1e6})
    own = coder(Codec.F16, layout)
    assert own.decode(own.encode(np.array([65519], np.float32))) == np.float32(65504)
    with pytest.raises(EditError, match="f16 cannot hold"):
        own.encode(np.array([-65520], np.float32))


def test_latent_without_a_table_is_refused() -> None:
    """The error says what to do."""
    with pytest.raises(EditError, match="no latent table"):
        coder(Codec.LATENT, LAYOUT)
