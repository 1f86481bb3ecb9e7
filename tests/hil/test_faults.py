"""The faulty line: repeatable, and honest about what it did."""

import itertools
import random
from collections import Counter
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.frame import DELIMITER, Drop, Frame, Receiver
from hil.faults import FaultyLine, FaultyTransport, Rates

KINDS = [field.name for field in fields(Rates)]
FRAMES = [Frame(2, seq, bytes([seq] * 9)) for seq in range(200)]
SENT = [frame.pack() for frame in FRAMES]


class Loopback:
    """A line whose far end sends back what it gets."""

    name = "loopback"
    baud = 115_200

    def __init__(self) -> None:
        self.waiting = b""

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.waiting += data

    def read(self, timeout_s: float) -> bytes:  # noqa: ARG002  # a Transport's method
        """Give it back."""
        came, self.waiting = self.waiting, b""
        return came

    def close(self) -> None:
        """Nothing to close."""


def line(seed: int = 1, **rates: float) -> FaultyLine:
    """A line with these rates."""
    return FaultyLine(random.Random(seed), Rates(**rates))


def received(data: bytes) -> list[Frame | Drop]:
    """What a receiver makes of `data`."""
    return list(Receiver().feed(data))


@given(data=st.binary(), cuts=st.lists(st.integers(0, 100)))
def test_without_faults_every_byte_up_to_the_last_delimiter_arrives(data: bytes, cuts: list[int]) -> None:
    """However the bytes are cut into writes."""
    perfect = line()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    arrived = b"".join(perfect.feed(data[start:end]) for start, end in itertools.pairwise(places))
    assert data[: data.rfind(DELIMITER) + 1] == arrived
    assert not perfect.faults


@given(seed=st.integers(), data=st.lists(st.binary(max_size=20), max_size=50).map(DELIMITER.join))
def test_the_same_seed_gives_the_same_faults(seed: int, data: bytes) -> None:
    """A run can be repeated."""
    lines = [line(seed, **dict.fromkeys(KINDS, 0.15)) for _ in range(2)]
    assert lines[0].feed(data) == lines[1].feed(data)
    assert lines[0].faults == lines[1].faults


def test_a_damaged_frame_is_none() -> None:
    """Every one of them is dropped by a receiver, in at least one piece."""
    damaging = line(damage=1.0)
    items = received(b"".join(map(damaging.feed, SENT)))
    assert {"damage": len(SENT)} == damaging.faults
    assert all(isinstance(item, Drop) for item in items)


def test_a_truncated_frame_is_none() -> None:
    """With its delimiter or without."""
    truncating = line(truncate=1.0)
    arrived = [truncating.feed(frame) for frame in SENT]
    assert {"truncate": len(SENT)} == truncating.faults
    assert {True, False} == {piece.endswith(DELIMITER) for piece in arrived}
    assert all(isinstance(item, Drop) for item in received(b"".join(arrived)))


def test_a_lost_frame_never_arrives() -> None:
    """Not one byte of it."""
    losing = line(lose=1.0)
    assert b"" == b"".join(map(losing.feed, SENT))
    assert {"lose": len(SENT)} == losing.faults


def test_a_repeated_frame_arrives_twice() -> None:
    """One behind the other."""
    repeating = line(repeat=1.0)
    assert [frame for frame in FRAMES for _ in range(2)] == received(b"".join(map(repeating.feed, SENT)))


@pytest.mark.parametrize(("fault", "most"), [("reorder", 1), ("delay", 5)])
def test_a_held_frame_is_overtaken_and_arrives_intact(fault: str, most: int) -> None:
    """By one frame, or by a few; those still held at the end are all that is missing."""
    holding = line(**{fault: 0.2})
    items = received(b"".join(map(holding.feed, SENT)))
    late = [place - frame.seq for place, frame in enumerate(items) if isinstance(frame, Frame)]
    assert holding.faults[fault] > 10
    assert len(FRAMES) - most <= len(items) <= len(FRAMES)
    assert set(late) - {0}, "something moved"
    assert Counter(items) <= Counter(FRAMES)


def test_each_fault_strikes_as_often_as_its_rate_says() -> None:
    """One frame in fifty each: 400 of 20,000, within five standard deviations."""
    often = line(**dict.fromkeys(KINDS, 0.02))
    for _ in range(100):
        often.feed(b"".join(SENT))
    assert 20_000 == often.frames
    assert set(KINDS) == set(often.faults)
    assert all(300 <= count <= 500 for count in often.faults.values()), often.faults


def test_a_faulty_transport_strikes_both_directions_and_counts_them_together() -> None:
    """Each with faults of its own."""
    transport = FaultyTransport(Loopback(), 3, Rates.each(0.02))
    came = b""
    for frame in SENT:
        transport.write(frame)
        came += transport.read(0.0)
    assert len(SENT) < transport.frames <= 2 * len(SENT) + transport.faults["repeat"]
    assert sum(transport.faults.values()) > 0
    assert {"damage", "lose", "repeat", "reorder"} >= set(transport.faults)
    assert len(received(came)) > len(SENT) // 2
