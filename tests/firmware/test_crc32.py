"""CRC-32 of the core against zlib's."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.native import Native


@given(data=st.binary(max_size=600))
def test_any_bytes_give_the_sum_of_zlib(native: Native, data: bytes) -> None:
    """The sum of the wire protocol is the one in the standard library."""
    assert native.crc32(0, data) == zlib.crc32(data)


@given(head=st.binary(max_size=50), tail=st.binary(max_size=50))
def test_a_sum_can_be_continued(native: Native, head: bytes, tail: bytes) -> None:
    """Over two pieces it is that of the whole."""
    assert native.crc32(native.crc32(0, head), tail) == zlib.crc32(head + tail)
