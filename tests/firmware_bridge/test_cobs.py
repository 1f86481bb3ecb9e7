"""Consistent overhead byte stuffing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import cobs

bodies = st.one_of(
    st.binary(max_size=600),
    st.lists(st.sampled_from([b"\0", b"\x01" * 253, b"\xff" * 254, b"a" * 255, b"\x02"]), max_size=6).map(b"".join),
)


@given(bodies)
def test_decode_undoes_encode_without_a_zero_byte(data: bytes) -> None:
    """Whatever goes in comes out, and the stuffed body holds no zero."""
    body = cobs.encode(data)
    assert 0 not in body
    assert cobs.decode(body) == data


@given(bodies)
def test_overhead_is_one_byte_for_each_254_begun(data: bytes) -> None:
    """Stuffing never costs more than the paper says."""
    assert len(cobs.encode(data)) <= len(data) + max(1, -(-len(data) // cobs.FULL_RUN))


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"", b"\x01"),
        (b"\0", b"\x01\x01"),
        (b"\0\0", b"\x01\x01\x01"),
        (b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33"),
        (b"\x11\0\0\0", b"\x02\x11\x01\x01\x01"),
        (b"\x01" * 254, b"\xff" + b"\x01" * 254),
        (b"\x01" * 255, b"\xff" + b"\x01" * 254 + b"\x02\x01"),
        (b"\x01" * 254 + b"\0", b"\xff" + b"\x01" * 254 + b"\x01\x01"),
    ],
)
def test_published_examples(data: bytes, body: bytes) -> None:
    """The examples that everybody uses give the bytes that everybody expects."""
    assert cobs.encode(data) == body
    assert cobs.decode(body) == data


def test_a_redundant_last_code_is_accepted() -> None:
    """Encoders that end a full run with 01 are understood."""
    assert cobs.decode(b"\xff" + b"\x01" * 254 + b"\x01") == b"\x01" * 254


@pytest.mark.parametrize("body", [b"", b"\x05ab", b"\x01\0\x01", b"\0"])
def test_what_is_not_a_body_is_refused(body: bytes) -> None:
    """Empty bodies, zeros inside and runs beyond the end are errors."""
    with pytest.raises(cobs.CobsError):
        cobs.decode(body)
