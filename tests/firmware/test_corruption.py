"""No damage of one or two bits or one byte is acted on, and nothing that follows it is lost (P1, P2)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.frame import DELIMITER
from firmware_bridge.messages import Hello, Status
from hil.library import LibraryDevice
from tests.firmware.requests import DROPS, EVERY_REQUEST
from tests.firmware.wire import LibraryWire, moved

TRAFFIC = {"rx_bytes", "rx_frames", "discarded_bytes"}


@pytest.fixture(scope="module")
def line(tiny_library: Path) -> Iterator[LibraryWire]:
    """A line to a tiny device."""
    device = LibraryDevice(tiny_library)
    wire = LibraryWire(device)
    wire.reset()
    yield wire
    device.close()


def flipped(body: bytes, *bits: int) -> bytes:
    """`body` with these bits changed."""
    changed = bytearray(body)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.property("P2", "P19")
@pytest.mark.parametrize("name", EVERY_REQUEST)
def test_no_request_with_two_flipped_bits_is_acted_on(line: LibraryWire, name: str) -> None:
    """Every pair of bits, of every request; whatever pieces come of it are dropped under one reason each."""
    body = line.frame(*EVERY_REQUEST[name]).pack()[:-1]
    damaged = [flipped(body, *pair) for pair in itertools.combinations(range(8 * len(body)), 2)]
    before = line.status()
    sent = DELIMITER.join(damaged) + DELIMITER
    line.send(sent)
    after = line.status()
    change = moved(before.named_counters, after.named_counters)
    pieces = [piece for piece in sent.split(DELIMITER) if piece]
    assert len(pieces) == sum(change.get(reason, 0) for reason in DROPS)
    assert sum(map(len, pieces)) == change["discarded_bytes"]
    assert change["rx_frames"] == 1
    assert set(change) <= {*DROPS, *TRAFFIC}
    assert (before.active_digest, before.edit_state) == (after.active_digest, after.edit_state)


def one_byte_away(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Every stream with one byte removed, one bit changed, or one byte put in, and where."""
    for place in range(len(stream)):
        yield place, stream[:place] + stream[place + 1 :]
        for bit in range(8):
            yield place, flipped(stream, 8 * place + bit)
        for extra in (0, 0xFF, stream[place]):
            yield place, stream[:place] + bytes([extra]) + stream[place:]


@pytest.mark.property("P1")
def test_one_damaged_byte_costs_the_frame_it_hits(line: LibraryWire) -> None:
    """And the next one only if it was the delimiter between them; all others of three are answered."""
    frames = [line.frame(Status.KIND) for _ in range(3)]
    packed = [frame.pack() for frame in frames]
    ends = list(itertools.accumulate(map(len, packed)))
    for place, damaged in one_byte_away(b"".join(packed)):
        hit = next(number for number, end in enumerate(ends) if place < end)
        may_be_lost = {hit, hit + 1} if place == ends[hit] - 1 else {hit}
        line.send(DELIMITER + damaged + DELIMITER)
        answered = {reply.seq for reply in line.take_all()}
        assert {frame.seq for number, frame in enumerate(frames) if number not in may_be_lost} <= answered
        assert answered <= {frame.seq for frame in frames}
        line.ask(Hello())
