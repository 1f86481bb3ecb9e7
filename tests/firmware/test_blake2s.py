"""BLAKE2s of the core against Python's hashlib."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.native import Native

BOUNDARIES = [0, 1, 3, 63, 64, 65, 127, 128, 129, 191, 192, 1000, 5600]


@pytest.mark.parametrize("key", [b"", b"k", bytes(range(32))])
@pytest.mark.parametrize("size", BOUNDARIES)
def test_every_length_around_a_block_gives_the_digest_of_hashlib(native: Native, size: int, key: bytes) -> None:
    """Keyed and unkeyed, a message that just fits a block, just does not, or is empty."""
    data = bytes(i * 7 % 256 for i in range(size))
    assert native.blake2s(data, key=key) == hashlib.blake2s(data, key=key).digest()


@pytest.mark.parametrize("size", range(1, 33))
def test_every_digest_size_gives_the_digest_of_hashlib(native: Native, size: int) -> None:
    """The digest size is part of what is hashed, a shorter digest is not the start of a longer one."""
    assert native.blake2s(b"abc", size=size) == hashlib.blake2s(b"abc", digest_size=size).digest()


@given(data=st.binary(max_size=400), key=st.binary(max_size=32), piece=st.integers(1, 130))
def test_the_pieces_in_which_a_message_comes_do_not_matter(native: Native, data: bytes, key: bytes, piece: int) -> None:
    """Any split of any message under any key."""
    assert native.blake2s(data, key=key, piece=piece) == hashlib.blake2s(data, key=key).digest()


def test_the_vector_of_the_rfc(native: Native) -> None:
    """RFC 7693, appendix B."""
    expected = "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"
    assert native.blake2s(b"abc").hex() == expected
