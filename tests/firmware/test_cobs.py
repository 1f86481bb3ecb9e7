"""COBS of the core against the host's, both ways."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_bridge import cobs
from tests.firmware.native import Native

SPARSE = st.lists(st.sampled_from([0, 1, 255]), max_size=600).map(bytes)


@given(data=st.one_of(st.binary(max_size=600), SPARSE))
@example(b"")
@example(b"\1" * 253)
@example(b"\1" * 254)
@example(b"\1" * 255)
@example(b"\1" * 508)
@example(b"\1" * 254 + b"\0")
@example(b"\1" * 253 + b"\0" + b"\1" * 254)
def test_what_either_side_encodes_both_decode(native: Native, data: bytes) -> None:
    """A body holds no zero and gives back the bytes, also where a run just fills a block."""
    body = native.cobs_encode(data)
    assert 0 not in body
    assert native.cobs_decode(body) == data
    assert cobs.decode(body) == data
    assert native.cobs_decode(cobs.encode(data)) == data


@given(data=st.binary(min_size=1, max_size=300), cut=st.integers(1, 400))
def test_a_body_cut_short_is_never_longer_than_what_it_held(native: Native, data: bytes, cut: int) -> None:
    """A cut within a block is noticed; one between two blocks gives the start of the bytes."""
    body = native.cobs_encode(data)
    decoded = native.cobs_decode(body[:-cut])
    assert decoded is None or data.startswith(decoded)


@pytest.mark.parametrize("body", [b"\2", b"\5ab", b"\xff" + b"a" * 253])
def test_a_block_that_is_not_whole_is_noticed(native: Native, body: bytes) -> None:
    """The last block must have all its bytes."""
    assert native.cobs_decode(body) is None
