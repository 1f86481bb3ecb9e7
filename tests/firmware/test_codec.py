"""The codecs of the core against toolchain/codecs: the same verdict and the same bits, whatever bytes come."""

import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_bridge.messages import Code
from tests.firmware.native import AdaptiveModel, Native
from tests.firmware.tiny_model import LATENT, LAYOUT, PROTOTYPES
from toolchain.codecs import PayloadError, coder, wanted_bytes
from toolchain.codecs.levels import INT8_LEVELS
from toolchain.edit import Codec
from toolchain.latent import Latent, Part
from toolchain.layout import Layout, Vector

Verdict = tuple[int, int, int]
EXPONENT = 0x7F80_0000
EXPONENT_16 = 0x7C00
SIGN = 1 << 31


def some_latent(layout: Layout, levels: int, seed: int) -> Latent:
    """A table in which every tensor has a part of its own, and some deltas need the clip."""
    chance = np.random.default_rng(seed)
    rows = [chance.integers(-128, 128, (levels + 1, t.size)).astype(np.int8) for t in layout.tensors]
    parts = [Part(i * levels, max(t.clip / 2**15, 2.0**-149), rows[i]) for i, t in enumerate(layout.tensors)]
    return Latent.of(parts, layout)


# Sizes around the blocks in which the latent codec works; runs longer than a gap; T that float16 cannot reach and T so
# small that a step has lost its digits.
WIDE = Layout.of(
    {"a": (5, 60), "b": (3,), "c": (1,), "d": (300,), "e": (6,)},
    {"a": 0.05, "b": 1.999, "c": 1e5, "d": 3.4e38, "e": 1.4e-43},
)
MODELS = {"tiny": (LAYOUT, LATENT), "wide": (WIDE, some_latent(WIDE, 7, 3))}
CASES = st.tuples(st.sampled_from(sorted(MODELS)), st.sampled_from(Codec))
CLIP_BITS = LAYOUT.clip_vector.view(np.uint32)


@pytest.fixture(scope="module")
def models(native: Native) -> dict[str, AdaptiveModel]:
    """The models as the core sees them."""
    return {name: native.adaptive(layout, latent) for name, (layout, latent) in MODELS.items()}


def prototype_of(layout: Layout, seed: int = 0) -> Vector:
    """An entry of a prototype table, negative zeros among its values."""
    values = np.random.default_rng(seed).normal(size=layout.size).astype(np.float32)
    values[::7] = -0.0
    return values


def reference(name: str, codec: Codec, payload: bytes) -> tuple[Verdict, Vector | None]:
    """What Python answers; no bank where it refuses."""
    layout, latent = MODELS[name]
    try:
        with np.errstate(all="ignore"):
            return (Code.OK, 0, 0), prototype_of(layout) + coder(codec, layout, latent).decode(payload)
    except PayloadError as error:
        return (int(error.fault), *error.numbers), None


def require_same(native: Native, models: dict[str, AdaptiveModel], name: str, codec: Codec, payload: bytes) -> Verdict:
    """Both sides give the same verdict and, where they take the payload, the same bits; gives the verdict."""
    expected, bank = reference(name, codec, payload)
    verdict, found = native.decode(codec, payload, prototype_of(MODELS[name][0]), models[name])
    assert expected == verdict
    if bank is not None:
        assert bank.astype("<f4").tobytes() == found.astype("<f4").tobytes()
    return verdict


def honest(name: str, codec: Codec, seed: int, share: float) -> bytes:
    """The payload of a delta of which this share is not zero."""
    layout, latent = MODELS[name]
    chance = np.random.default_rng(seed)
    limit = np.minimum(layout.clip_vector, np.float32(60000))
    delta = (chance.normal(size=layout.size) * limit).clip(-limit, limit) * (chance.random(layout.size) < share)
    return coder(codec, layout, latent).encode(delta.astype(np.float32))


@pytest.mark.property("P11")
@given(case=CASES, seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.01, 0.2, 1.0]))
def test_what_a_host_writes_both_sides_read(
    native: Native, models: dict[str, AdaptiveModel], case: tuple[str, Codec], seed: int, share: float
) -> None:
    """Payloads of every codec, from empty deltas to full ones."""
    name, codec = case
    assert require_same(native, models, name, codec, honest(name, codec, seed, share)) == (Code.OK, 0, 0)


@pytest.mark.property("P11")
@given(case=CASES, data=st.data())
def test_any_bytes_give_the_verdict_of_the_reference(
    native: Native, models: dict[str, AdaptiveModel], case: tuple[str, Codec], data: st.DataObject
) -> None:
    """Bytes of the right length, whatever they are: code, both numbers and bank."""
    name, codec = case
    layout, latent = MODELS[name]
    came = data.draw(st.integers(0, 2 * layout.size)) & ~1
    size = wanted_bytes(codec, came, floats=layout.size, code_bytes=latent.code_bytes)
    payload = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).bytes(size)
    head = data.draw(st.binary(max_size=40))
    require_same(native, models, name, codec, (head + payload)[:size])


@pytest.mark.property("P11")
@given(case=CASES, seed=st.integers(0, 999), data=st.data())
def test_a_damaged_payload_gives_the_verdict_of_the_reference(
    native: Native, models: dict[str, AdaptiveModel], case: tuple[str, Codec], seed: int, data: st.DataObject
) -> None:
    """A byte or two of an honest payload changed, so that refusals come from anywhere in it."""
    name, codec = case
    payload = bytearray(honest(name, codec, seed, data.draw(st.sampled_from([0.01, 0.5]))))
    for _ in range(data.draw(st.integers(1, 2))):
        if payload:
            payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.sampled_from([0x80, 0xFF, 0x7F, 0x08]))
    require_same(native, models, name, codec, bytes(payload))


@given(case=CASES, came=st.integers(0, 2**13))
def test_wrong_lengths_are_refused_with_the_wanted_one(
    native: Native, models: dict[str, AdaptiveModel], case: tuple[str, Codec], came: int
) -> None:
    """Every length that a codec cannot have, by the numbers that the header alone gives."""
    name, codec = case
    layout, latent = MODELS[name]
    wanted = wanted_bytes(codec, came, floats=layout.size, code_bytes=latent.code_bytes)
    if came != wanted:
        verdict = require_same(native, models, name, codec, bytes(came))
        assert verdict == (Code.BAD_PAYLOAD_LENGTH, wanted, came)


def test_latent_is_offered_where_the_model_has_its_table(native: Native) -> None:
    """Every other codec always."""
    assert native.codecs(native.adaptive(LAYOUT, LATENT)) == list(Codec)
    assert native.codecs(native.adaptive(LAYOUT, None)) == [codec for codec in Codec if codec is not Codec.LATENT]


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("levels", [0, 1, 4])
def test_latent_tensors_of_any_size(native: Native, size: int, levels: int) -> None:
    """Blocks of four and what is left over, in front of another tensor; a part may use no level at all."""
    layout = Layout.of({"x": (size,), "y": (5,)}, {"x": 0.5, "y": 0.25})
    chance = np.random.default_rng(size)
    rows = [
        chance.integers(-128, 128, (n + 1, t.size)).astype(np.int8)
        for n, t in zip((levels, 2), layout.tensors, strict=True)
    ]
    latent = Latent.of([Part(0, 1e-5, rows[0]), Part(levels, 1e-5, rows[1])], layout)
    code = chance.integers(-127, 128, latent.code_bytes).astype(np.int8)
    verdict, bank = native.decode(Codec.LATENT, code.tobytes(), prototype_of(layout), native.adaptive(layout, latent))
    assert verdict == (Code.OK, 0, 0)
    assert (prototype_of(layout) + latent.decode(code, layout)).tobytes() == bank.tobytes()


@pytest.mark.parametrize("codec", [Codec.INT8, Codec.INT4, Codec.SPARSE])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_level_gives_the_bits_of_the_reference(
    native: Native, models: dict[str, AdaptiveModel], name: str, codec: Codec
) -> None:
    """All levels on every tensor; the outermost ones are T itself and not one rounding beyond."""
    most = 7 if codec is Codec.INT4 else INT8_LEVELS
    size = MODELS[name][0].size
    for level in range(-most - 1, most + 1):
        byte = level & 0xFF
        payload = {
            Codec.INT8: bytes([byte]) * size,
            Codec.INT4: (bytes([(byte & 15) * 17]) * size)[: size // 2] + bytes([byte & 15] * (size % 2)),
            Codec.SPARSE: bytes([0, byte]) * size,
        }[codec]
        verdict = require_same(native, models, name, codec, payload)
        assert verdict == ((Code.OUT_OF_BOUNDS, 0, level & 0xFFFF_FFFF) if level < -most else (Code.OK, 0, 0))


def either_sign(bits: int) -> st.SearchStrategy[int]:
    """These bits of a float, or those of its negative."""
    return st.sampled_from([bits, bits | SIGN])


def near(bits: int) -> st.SearchStrategy[int]:
    """The float with these bits and its neighbours, of either sign."""
    return st.sampled_from([bits - 1, bits, bits + 1]).flatmap(either_sign)


def delta_bits(clip: int) -> st.SearchStrategy[int]:
    """Mostly what an honest host sends, then the corners: T and its neighbours, zeros, denormals, Inf, NaN payloads."""
    inside = st.integers(0, clip).flatmap(either_sign)
    corners = [near(clip), near(EXPONENT), near(0x0080_0000), near(1), st.integers(0, 2**32 - 1)]
    return st.one_of(inside, inside, *corners)


INSIDE = st.tuples(*(st.integers(0, int(b)).flatmap(either_sign) for b in CLIP_BITS))
ANYTHING = st.tuples(*(delta_bits(int(b)) for b in CLIP_BITS))
HALVES = st.tuples(
    *(
        st.one_of(
            st.integers(0, int(np.float16(clip).view(np.uint16)) + 1),
            st.sampled_from([0, 1, 0x3FF, 0x400, EXPONENT_16 - 1, EXPONENT_16, EXPONENT_16 + 1, 0x7E00, 0x7FFF]),
        ).flatmap(lambda b: st.sampled_from([b, b | 0x8000]))
        for clip in LAYOUT.clip_vector
    )
)


@pytest.mark.property("P11")
@given(bits=st.one_of(INSIDE, ANYTHING))
def test_host_and_device_refuse_the_same_floats(
    native: Native, models: dict[str, AdaptiveModel], bits: tuple[int, ...]
) -> None:
    """Over all bit patterns; not finite comes before out of bounds, the lowest index first."""
    verdict = require_same(native, models, "tiny", Codec.F32, struct.pack(f"<{LAYOUT.size}I", *bits))
    assert verdict == judged(bits)


@pytest.mark.property("P11")
@given(halves=HALVES)
@example(halves=(0x7C01,) * LAYOUT.size)
def test_host_and_device_refuse_the_same_halves(
    native: Native, models: dict[str, AdaptiveModel], halves: tuple[int, ...]
) -> None:
    """f16 the same; the number that is reported is the float with the half's value, NaN with its payload."""
    verdict = require_same(native, models, "tiny", Codec.F16, struct.pack(f"<{LAYOUT.size}H", *halves))
    assert verdict == judged([widened(half) for half in halves])


def widened(half: int) -> int:
    """Bits of a binary16 to bits of a float32, digit by digit."""
    sign, exponent, fraction = half >> 15 << 31, half >> 10 & 31, half & 1023
    if exponent == 31:
        return sign | EXPONENT | fraction << 13
    value = fraction * 2.0**-24 if exponent == 0 else (1024 + fraction) * 2.0 ** (exponent - 25)
    return sign | int(np.float32(value).view(np.uint32))


def judged(bits: npt.ArrayLike) -> Verdict:
    """The verdict on floats with these bits, by the rules of docs/protocol.md."""
    magnitudes = [int(b) & ~SIGN for b in np.asarray(bits)]
    for code, wrong in (
        (Code.NOT_FINITE, [i for i, m in enumerate(magnitudes) if m >= EXPONENT]),
        (Code.OUT_OF_BOUNDS, [i for i, m in enumerate(magnitudes) if m > CLIP_BITS[i]]),
    ):
        if wrong:
            return code, wrong[0], int(np.asarray(bits)[wrong[0]])
    return Code.OK, 0, 0


@pytest.mark.property("P11")
@pytest.mark.parametrize("index", range(LAYOUT.size))
def test_each_tensor_has_its_own_bound(native: Native, models: dict[str, AdaptiveModel], index: int) -> None:
    """T passes, the next float above it does not, anywhere in the buffer."""
    clip = int(CLIP_BITS[index])
    for bits, code in ((clip, Code.OK), (clip + 1, Code.OUT_OF_BOUNDS), ((clip + 1) | SIGN, Code.OUT_OF_BOUNDS)):
        delta = np.zeros(LAYOUT.size, np.uint32)
        delta[index] = bits
        assert require_same(native, models, "tiny", Codec.F32, delta.tobytes())[0] == code


@pytest.mark.parametrize(
    ("codec", "payload", "verdict"),
    [
        (Codec.INT4, bytes(7) + b"\x10", (Code.BAD_PAYLOAD, 7, 0x10)),
        (Codec.INT4, b"\x08" + bytes(6) + b"\x10", (Code.BAD_PAYLOAD, 7, 0x10)),
        (Codec.SPARSE, bytes([14, 1, 0, 1]), (Code.BAD_PAYLOAD, 2, 0)),
        (Codec.SPARSE, bytes([255, 0]), (Code.BAD_PAYLOAD, 0, 255)),
        (Codec.SPARSE, bytes([0, 0x80, 15, 0]), (Code.BAD_PAYLOAD, 2, 15)),
        (Codec.SPARSE, bytes([0, 1, 3, 0x80]), (Code.OUT_OF_BOUNDS, 4, 2**32 - 128)),
        (Codec.LATENT, bytes([1, 2, 0x80, 0x80]), (Code.OUT_OF_BOUNDS, 2, 2**32 - 128)),
    ],
)
def test_form_comes_before_bounds(
    native: Native, models: dict[str, AdaptiveModel], codec: Codec, payload: bytes, verdict: Verdict
) -> None:
    """Bytes that no codec writes are refused by their place in the payload, levels by that of what they stand for."""
    assert require_same(native, models, "tiny", codec, payload) == verdict


def test_a_skip_gives_nothing_a_level(native: Native, models: dict[str, AdaptiveModel]) -> None:
    """Gap 255 with a level is refused, with level 0 it moves on."""
    assert require_same(native, models, "wide", Codec.SPARSE, bytes([255, 0, 0, 5])) == (Code.OK, 0, 0)
    assert require_same(native, models, "wide", Codec.SPARSE, bytes([255, 1, 0, 5])) == (Code.BAD_PAYLOAD, 1, 1)


def test_the_tiny_device_has_the_tables_of_the_tests() -> None:
    """What the tests of the whole device rely on."""
    assert LATENT.code_bytes == 4
    assert PROTOTYPES.shape == (3, LAYOUT.size)
