"""The edit: clipping, codecs, binary form, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain.digest import bank_digest
from toolchain.edit import HEADER_BYTES, Codec, Edit, apply_edit, clip_delta, encode_edit
from toolchain.errors import EditError
from toolchain.layout import Layout, Vector

LAYOUT = Layout.of({"w": (4, 3), "b": (4,)}, {"w": 0.05, "b": 0.5})
BASE = bytes(range(8))
PROTOTYPES = np.random.default_rng(0).normal(size=(3, LAYOUT.size)).astype(np.float32)
FLOATS = st.floats(-2, 2, width=32)
DELTAS = st.lists(FLOATS, min_size=LAYOUT.size, max_size=LAYOUT.size).map(lambda v: np.array(v, np.float32))


def make(delta: Vector, codec: Codec = Codec.INT8, prototype: int = 1) -> Edit:
    """An edit for the test layout."""
    return encode_edit(
        delta, layout=LAYOUT, base=BASE, prototypes=PROTOTYPES, prototype=prototype, counter=7, codec=codec
    )


def applied(edit: Edit) -> Vector:
    """The bank that the edit makes."""
    return apply_edit(edit, layout=LAYOUT, base=BASE, prototypes=PROTOTYPES)


@given(DELTAS, st.sampled_from(Codec), st.integers(0, 2))
def test_edit_is_prototype_plus_clipped_delta(delta: Vector, codec: Codec, prototype: int) -> None:
    """The bank is the named prototype plus the clipped delta, within half a step of T/127 for int8."""
    change = applied(make(delta, codec, prototype)) - PROTOTYPES[prototype]
    clipped = np.clip(delta, -LAYOUT.clip_vector, LAYOUT.clip_vector)
    bound = 1e-6 if codec is Codec.F32 else LAYOUT.clip_vector / 254 + 1e-6
    assert np.all(np.abs(change - clipped) <= bound)


@given(DELTAS, st.sampled_from(Codec))
def test_binary_form_round_trips(delta: Vector, codec: Codec) -> None:
    """`parse` gives back what `pack` wrote."""
    edit = make(delta, codec)
    assert edit == Edit.parse(edit.pack())


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": bytes(8)}, "another base"),
        ({"layout": bytes(8)}, "another layout"),
        ({"prototype": 3}, "does not have"),
        ({"digest": bytes(8)}, "digest"),
    ],
)
def test_edits_that_do_not_belong_are_refused(change: dict[str, object], message: str) -> None:
    """Another base, layout, prototype or digest: the error says which part differs."""
    with pytest.raises(EditError, match=message):
        applied(replace(make(np.ones(LAYOUT.size, np.float32)), **change))


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
