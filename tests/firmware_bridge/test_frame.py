"""Frames: what a damaged stream does, and that it never does more (docs/protocol.md, "Frame"; P1, P2, P3)."""

import random
import struct
import zlib
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import cobs
from firmware_bridge.frame import Drop, Frame, Reason, Receiver, parse_body, wire_bytes_limit

frames = st.builds(Frame, kind=st.integers(0, 255), seq=st.integers(0, 0xFFFF), payload=st.binary(max_size=300))


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` in pieces of the given sizes, the rest as the last piece."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def raw(content: bytes) -> bytes:
    """A delimited frame with a right CRC over any content."""
    return cobs.encode(content + struct.pack("<I", zlib.crc32(content))) + b"\0"


@given(st.lists(frames, max_size=5), st.lists(st.integers(0, 40), max_size=20))
def test_frames_survive_any_cutting_of_the_stream(sent: list[Frame], sizes: list[int]) -> None:
    """The pieces in which bytes arrive change nothing."""
    receiver = Receiver()
    stream = b"".join(frame.pack() for frame in sent)
    assert [f for piece in cut(stream, sizes) for f in receiver.feed(piece)] == sent
    assert receiver.pending == b""


@given(frames)
def test_the_size_on_the_line_stays_within_its_limit(frame: Frame) -> None:
    """`wire_bytes_limit` bounds what a frame takes."""
    assert len(frame.pack()) <= wire_bytes_limit(len(frame.payload))


def test_every_small_damage_costs_only_the_frames_it_touches() -> None:
    """P1: each single-byte insert, delete and flip in a three-frame stream leaves the frame behind it alone."""
    sent = [Frame(3, 7, bytes(range(9))), Frame(5, 8, b"\0\0"), Frame(0x11, 9, b"last")]
    stream = b"".join(frame.pack() for frame in sent)
    first, second = len(sent[0].pack()), len(sent[0].pack()) + len(sent[1].pack())
    for at in range(first, second - 1):
        for damaged in (
            stream[:at] + stream[at + 1 :],
            stream[:at] + b"\0" + stream[at:],
            stream[:at] + bytes([stream[at] ^ 0x55]) + stream[at + 1 :],
        ):
            got = Receiver().feed(damaged)
            assert got[0] == sent[0]
            assert got[-1] == sent[2]
            assert all(isinstance(item, Drop) or item in sent for item in got)


def test_no_one_or_two_bit_flip_is_accepted() -> None:
    """P2: no frame with one or two wrong bits becomes another frame."""
    frame = Frame(0x14, 513, b"\1\2\3")
    body = frame.pack()[:-1]
    bits = range(8 * len(body))
    for flips in [*combinations(bits, 1), *combinations(bits, 2)]:
        damaged = bytearray(body)
        for bit in flips:
            damaged[bit // 8] ^= 1 << bit % 8
        for item in Receiver().feed(bytes(damaged) + b"\0"):
            assert isinstance(item, Drop), flips


def test_no_truncation_is_accepted() -> None:
    """P2: every shorter body is dropped."""
    body = Frame(0x03, 1, bytes(40)).pack()[:-1]
    for size in range(1, len(body)):
        assert all(isinstance(item, Drop) for item in Receiver().feed(body[:size] + b"\0"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x05ab\0", Reason.BAD_COBS),
        (cobs.encode(b"1234567") + b"\0", Reason.TOO_SHORT),
        (raw(b"\x02\x01\x00\x00" + bytes(65)), Reason.TOO_LONG),
        (b"\xff" * 1000 + b"\0", Reason.TOO_LONG),
        (Frame(1, 2, b"").pack()[:-2] + b"\x77\0", Reason.BAD_CRC),
        (raw(b"\x03\x01\x00\x00"), Reason.BAD_VERSION),
    ],
)
def test_each_reason_is_told_apart(data: bytes, reason: Reason) -> None:
    """A dropped frame says why, with a sentence of detail."""
    (drop,) = Receiver(max_payload=64).feed(data)
    assert isinstance(drop, Drop)
    assert drop.reason is reason
    assert drop.detail
    assert drop.size == len(data) - 1


def test_empty_frames_are_ignored() -> None:
    """Lone delimiters are legal and mean nothing."""
    assert Receiver().feed(b"\0\0\0" + Frame(1, 1, b"").pack() + b"\0") == [Frame(1, 1, b"")]


@pytest.mark.parametrize("extra", [1, 64, 4096, 65_536])
def test_memory_is_bounded_by_the_longest_accepted_frame(extra: int) -> None:
    """P3: an over-long frame is skipped to its delimiter and the next frame is accepted."""
    receiver = Receiver(max_payload=128)
    limit = wire_bytes_limit(128)
    receiver.feed(b"\x01" * (limit + extra))
    assert len(receiver.pending) <= limit
    (drop, frame) = receiver.feed(b"\0" + Frame(2, 2, b"ok").pack())
    assert isinstance(drop, Drop)
    assert (drop.reason, drop.size) == (Reason.TOO_LONG, limit + extra)
    assert frame == Frame(2, 2, b"ok")


def test_the_longest_payload_is_accepted_and_one_more_is_not() -> None:
    """The limit is exact, also for payloads that stuff badly."""
    for fill in (b"\x01", b"\0"):
        assert Receiver(64).feed(Frame(1, 1, fill * 64).pack()) == [Frame(1, 1, fill * 64)]
        (drop,) = Receiver(64).feed(Frame(1, 1, fill * 65).pack())
        assert isinstance(drop, Drop)


@given(st.binary(min_size=1, max_size=400))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Any body gives a frame or a reason."""
    assert isinstance(parse_body(body.replace(b"\0", b"")), (Frame, Drop)) or not body.replace(b"\0", b"")


def test_random_noise_is_never_a_frame() -> None:
    """Seeded noise of 200,000 bytes holds not one frame."""
    noise = random.Random(2).randbytes(200_000)  # reproducible noise, no secret
    assert all(isinstance(item, Drop) for item in Receiver().feed(noise))
