"""The edit: clipping, codecs, binary form, and what is refused."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain.codecs import coder
from toolchain.digest import bank_digest
from toolchain.edit import HEADER_BYTES, Codec, Edit, apply_edit, clip_delta, encode_edit
from toolchain.errors import EditError
from toolchain.keys import KeyFileError, device_key
from toolchain.latent import Latent, Part
from toolchain.layout import Layout, Vector

LAYOUT = Layout.of({"w": (4, 3), "b": (4,)}, {"w": 0.05, "b": 0.5})
BASE = bytes(range(8))
PROTOTYPES = np.random.default_rng(0).normal(size=(3, LAYOUT.size)).astype(np.float32)
LATENT = Latent.of(
    [
        Part(0, 2e-6, np.random.default_rng(1).integers(-127, 128, (4, 12)).astype(np.int8)),
        Part(3, 4e-5, np.random.default_rng(2).integers(-127, 128, (3, 4)).astype(np.int8)),
    ],
    LAYOUT,
)
FLOATS = st.floats(-2, 2, width=32)
DELTAS = st.lists(FLOATS, min_size=LAYOUT.size, max_size=LAYOUT.size).map(lambda v: np.array(v, np.float32))


def make(delta: Vector, codec: Codec = Codec.INT8, prototype: int = 1) -> Edit:
    """An edit for the test layout."""
    return encode_edit(
        delta,
        layout=LAYOUT,
        base=BASE,
        prototypes=PROTOTYPES,
        prototype=prototype,
        counter=7,
        codec=codec,
        latent=LATENT,
    )


def applied(edit: Edit) -> Vector:
    """The bank that the edit makes."""
    return apply_edit(edit, layout=LAYOUT, base=BASE, prototypes=PROTOTYPES, latent=LATENT)


@pytest.mark.property("P7")
@given(DELTAS, st.sampled_from(Codec), st.integers(0, 2))
def test_edit_is_prototype_plus_decoded_delta(delta: Vector, codec: Codec, prototype: int) -> None:
    """The bank is the named prototype plus what the payload decodes to, added in float32."""
    edit = make(delta, codec, prototype)
    decoded = coder(codec, LAYOUT, LATENT).decode(edit.payload)
    np.testing.assert_array_equal(PROTOTYPES[prototype] + decoded, applied(edit))


@given(DELTAS, st.sampled_from(Codec))
def test_binary_form_round_trips(delta: Vector, codec: Codec) -> None:
    """`parse` gives back what `pack` wrote."""
    edit = make(delta, codec)
    assert edit == Edit.parse(edit.pack())


@pytest.mark.property("P17")
@given(DELTAS, st.sampled_from(Codec), st.integers(0, 1), st.binary(min_size=32, max_size=32))
def test_signed_and_durable_edits_round_trip(delta: Vector, codec: Codec, durable: int, key: bytes) -> None:
    """Flags and MAC are read back; the MAC is keyed BLAKE2s-128 over all that precedes it."""
    edit = replace(make(delta, codec), durable=bool(durable)).sign(key)
    packed = edit.pack()
    assert edit == Edit.parse(packed)
    assert packed[3] == (3 if durable else 1)
    assert packed[-16:] == hashlib.blake2s(packed[:-16], key=key, digest_size=16).digest()
    assert edit.authentic(key)
    assert (edit.signed, edit.durable) == (True, bool(durable))
    assert edit.header + edit.body == packed


@pytest.mark.property("P17")
@given(DELTAS, st.sampled_from(Codec), st.integers(0, 2**16), st.integers(0, 7))
def test_no_bit_of_a_signed_edit_can_change(delta: Vector, codec: Codec, place: int, bit: int) -> None:
    """Whatever is flipped, what still reads as an edit is not authentic."""
    key = bytes(range(32))
    packed = bytearray(make(delta, codec).sign(key).pack())
    packed[place % len(packed)] ^= 1 << bit
    with suppress(EditError):
        assert not Edit.parse(bytes(packed)).authentic(key)


@pytest.mark.property("P17")
def test_another_key_does_not_sign_for_this_device() -> None:
    """Nor does no key at all."""
    edit = make(np.ones(LAYOUT.size, np.float32))
    fleet = bytes(range(32))
    mine, other = (device_key(fleet, bytes([0] * 7 + [n])) for n in (1, 2))
    assert not edit.authentic(mine)
    assert edit.sign(mine).authentic(mine)
    assert not edit.sign(other).authentic(mine)
    with pytest.raises(KeyFileError, match="32 bytes"):
        edit.sign(b"short")


@pytest.mark.parametrize(("place", "value"), [(0, 1), (0, 3), (3, 4), (3, 0x80), (1, 6)])
def test_other_versions_flags_and_codecs_are_refused(place: int, value: int) -> None:
    """The header says them before anything else is believed."""
    packed = bytearray(make(np.ones(LAYOUT.size, np.float32)).pack())
    packed[place] = value
    with pytest.raises(EditError, match=r"another version|unknown codec"):
        Edit.parse(bytes(packed))


@given(DELTAS, st.integers(1, 52))
def test_truncated_signed_edits_are_refused(delta: Vector, missing: int) -> None:
    """A MAC that is not whole, and a payload without one."""
    with pytest.raises(EditError, match=r"truncated|length"):
        Edit.parse(make(delta, Codec.LATENT).sign(bytes(32)).pack()[:-missing])


def test_a_known_code_is_sent_as_it_is() -> None:
    """Instead of one that is fitted to the delta; one of another length or type is refused."""
    code = np.array([1, -127, 0, 5, 127], np.int8)

    def encode(own: npt.NDArray[Any]) -> Edit:
        return encode_edit(
            np.zeros(LAYOUT.size, np.float32),
            layout=LAYOUT,
            base=BASE,
            prototypes=PROTOTYPES,
            prototype=0,
            counter=1,
            codec=Codec.LATENT,
            latent=LATENT,
            code=own,
        )

    assert encode(code).payload == code.tobytes()
    np.testing.assert_array_equal(PROTOTYPES[0] + LATENT.decode(code, LAYOUT), applied(encode(code)))
    for wrong in (code[:3], code.astype(np.int16), np.array([0, 0, 0, 0, -128], np.int8)):
        with pytest.raises(EditError):
            encode(wrong)


@given(st.binary(max_size=80))
def test_arbitrary_bytes_raise_one_error_type(data: bytes) -> None:
    """Bytes that are no edit raise EditError and nothing else."""
    with suppress(EditError):
        Edit.parse(data)


@settings(max_examples=50)
@given(DELTAS, st.integers(0, HEADER_BYTES + LAYOUT.size - 1))
def test_truncated_edits_are_refused(delta: Vector, length: int) -> None:
    """No proper prefix of an edit is an edit."""
    with pytest.raises(EditError):
        Edit.parse(make(delta).pack()[:length])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    """NaN and infinity raise an error that names the place; a clip would hide them."""
    delta = np.zeros(LAYOUT.size, np.float32)
    delta[13] = bad
    with pytest.raises(EditError, match=r"first in b\[1\]"):
        make(delta)


def test_edit_beyond_the_clip_is_refused() -> None:
    """A payload beyond T by one unit in the last place is refused; T itself is taken."""
    limit = np.float32(LAYOUT.clip_vector[0])
    for value, fits in ((limit, True), (np.nextafter(limit, np.float32(1)), False)):
        delta = np.zeros(LAYOUT.size, np.float32)
        delta[0] = value
        bank = PROTOTYPES[1] + delta
        edit = replace(make(delta, Codec.F32), payload=delta.tobytes(), digest=bank_digest(bank))
        if fits:
            np.testing.assert_array_equal(bank, applied(edit))
        else:
            with pytest.raises(EditError, match="clip ball"):
                applied(edit)


def test_int8_level_below_minus_127_is_refused() -> None:
    """The level -128 has no meaning and is refused."""
    edit = make(np.zeros(LAYOUT.size, np.float32))
    with pytest.raises(EditError, match="clip ball"):
        applied(replace(edit, payload=b"\x80" + edit.payload[1:]))


@pytest.mark.property("P8", "P10")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": bytes(8)}, "another base"),
        ({"layout": bytes(8)}, "another layout"),
        ({"prototype": 3}, "does not have"),
        ({"digest": bytes(8)}, "digest"),
    ],
)
def test_edits_that_do_not_belong_are_refused(change: dict[str, Any], message: str) -> None:
    """Another base, layout, prototype or digest: the error says which part differs."""
    with pytest.raises(EditError, match=message):
        applied(replace(make(np.ones(LAYOUT.size, np.float32)), **change))


@pytest.mark.property("P8")
def test_edit_for_a_permuted_layout_is_refused() -> None:
    """The layout fingerprint sees the order of tensors even when the sizes agree."""
    other = Layout.of({"b": (4,), "w": (4, 3)}, {"w": 0.05, "b": 0.5})
    assert LAYOUT.fingerprint != other.fingerprint
    with pytest.raises(EditError, match="another layout"):
        apply_edit(make(np.ones(LAYOUT.size, np.float32)), layout=other, base=BASE, prototypes=PROTOTYPES)


def test_delta_of_another_length_is_refused() -> None:
    """A delta that does not fill the layout raises an error with both sizes."""
    with pytest.raises(EditError, match="16 floats"):
        clip_delta(np.zeros(3, np.float32), LAYOUT)
