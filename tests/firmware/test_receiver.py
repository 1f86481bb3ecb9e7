"""What the device drops, it counts, and never acts on (P1, P2, P3, P19)."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import cobs
from firmware_bridge.frame import Frame
from firmware_bridge.messages import Hello, Kind, Status
from tests.firmware.requests import DROPS, EVERY_REQUEST, dropped
from tests.firmware.wire import Wire, moved

MAX_PAYLOAD = 512


def seal(content: bytes) -> bytes:
    """A frame of any header and payload with a right CRC."""
    return cobs.encode(content + struct.pack("<I", zlib.crc32(content))) + b"\0"


def single_bit_flips(body: bytes) -> list[bytes]:
    """Every body that differs from `body` in one bit and holds no zero."""
    flips = [bytes([*body[:i], body[i] ^ 1 << bit, *body[i + 1 :]]) for i in range(len(body)) for bit in range(8)]
    return [flip for flip in flips if 0 not in flip]


@pytest.mark.property("P2")
@pytest.mark.parametrize("name", EVERY_REQUEST)
@pytest.mark.property("P2")
def test_every_single_bit_flip_of_every_request_is_dropped_and_counted(wire: Wire, name: str) -> None:
    """P2: not one is answered or carried out, and each is counted under one reason, with all its bytes."""
    kind, payload = EVERY_REQUEST[name]
    bodies = single_bit_flips(wire.frame(kind, payload).pack()[:-1])
    before = wire.status()
    wire.send(b"".join(body + b"\0" for body in bodies))
    after = wire.status()
    change = moved(before.named_counters, after.named_counters)
    assert dropped(change) == len(bodies)
    assert change["discarded_bytes"] == sum(map(len, bodies))
    assert set(change) <= {*DROPS, "rx_bytes", "rx_frames", "discarded_bytes"}
    assert change["rx_frames"] == 1, "only the second STATUS was accepted"
    assert after.active_digest == before.active_digest


@pytest.mark.parametrize("name", EVERY_REQUEST)
@pytest.mark.property("P2")
def test_a_bit_flip_that_makes_a_delimiter_is_dropped_too(wire: Wire, name: str) -> None:
    """P2: a frame cut in two by a byte that became zero is never acted on, neither half."""
    kind, payload = EVERY_REQUEST[name]
    body = wire.frame(kind, payload).pack()[:-1]
    cut = [body[:i] + b"\0" + body[i + 1 :] for i in range(len(body)) if body[i].bit_count() == 1]
    before = wire.counters()
    wire.send(b"".join(body + b"\0" for body in cut))
    change = moved(before, wire.counters())
    assert dropped(change) == sum(bool(half) for body in cut for half in body.split(b"\0"))


@pytest.mark.parametrize("name", EVERY_REQUEST)
@pytest.mark.property("P2")
def test_every_truncation_of_every_request_is_dropped_and_counted(wire: Wire, name: str) -> None:
    """P2: a frame that lost bytes at either end."""
    kind, payload = EVERY_REQUEST[name]
    body = wire.frame(kind, payload).pack()[:-1]
    pieces = [body[:size] for size in range(1, len(body))] + [body[start:] for start in range(1, len(body))]
    before = wire.counters()
    wire.send(b"".join(piece + b"\0" for piece in pieces))
    change = moved(before, wire.counters())
    assert dropped(change) == len(pieces)
    assert change["discarded_bytes"] == sum(map(len, pieces))


@given(garbage=st.binary(max_size=1500))
@pytest.mark.property("P1")
def test_after_any_garbage_the_next_intact_frame_is_accepted(busy_wire: Wire, garbage: bytes) -> None:
    """P1: at most the frame that the garbage ran into is lost, and a lone delimiter saves even that."""
    busy_wire.send(garbage + b"\0")
    assert busy_wire.ask(Hello()).max_payload == MAX_PAYLOAD


@pytest.mark.parametrize("size", [MAX_PAYLOAD + 1, MAX_PAYLOAD + 2, 1024, 65_536])
@pytest.mark.property("P3")
def test_an_over_long_frame_is_skipped_to_its_end(wire: Wire, size: int) -> None:
    """P3: memory is bounded, the frame is counted once, the next one is accepted."""
    frame = wire.frame(Status.KIND, bytes(i % 255 + 1 for i in range(size))).pack()
    before = wire.counters()
    wire.send(frame)
    assert moved(before, wire.counters()) == {"too_long": 1, "discarded_bytes": len(frame) - 1}


@pytest.mark.property("P3")
def test_the_longest_frame_is_accepted(wire: Wire) -> None:
    """P3: `max_payload` bytes are not too long (STATUS wants none, and says so)."""
    before = wire.counters()
    wire.raw(Status.KIND, bytes(MAX_PAYLOAD))
    assert moved(before, wire.counters()) == {"bad_length": 1}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x05ab\0", "bad_cobs"),
        (b"\x01\0", "too_short"),
        (cobs.encode(b"1234567") + b"\0", "too_short"),
        (cobs.encode(bytes(8)) + b"\0", "bad_crc"),
        (seal(b"\x00\x02\x07\x00"), "bad_version"),
        (seal(b"\x01\x02\x07\x00"), "bad_version"),
        (seal(b"\x03\x02\x07\x00"), "bad_version"),
        (seal(b"\x03\x01\x07\x00x"), "bad_version"),
    ],
)
@pytest.mark.property("P19")
def test_each_reason_moves_its_counter_once(wire: Wire, data: bytes, reason: str) -> None:
    """P19: and the bytes without the delimiter are counted as discarded."""
    before = wire.counters()
    wire.send(data)
    assert moved(before, wire.counters()) == {reason: 1, "discarded_bytes": len(data) - 1}


@pytest.mark.property("P4")
@pytest.mark.parametrize("version", [0, 1, 3, 255])
def test_a_hello_of_another_version_is_answered_in_this_one(wire: Wire, version: int) -> None:
    """An older or newer host learns whom it met; nothing else of it is acted on, and the reason is counted."""
    before = wire.counters()
    wire.send(seal(bytes([version, Kind.HELLO, 0x34, 0x12])))
    (reply,) = wire.receive()
    assert (reply.kind, reply.seq, reply.payload[0]) == (Kind.HELLO | 0x80, 0x1234, 0)
    assert moved(before, wire.counters()) == {"bad_version": 1}


def test_empty_frames_are_legal_and_count_as_nothing(wire: Wire) -> None:
    """A host flushes the line with delimiters."""
    before = wire.status()
    wire.send(bytes(50))
    after = wire.status()
    change = moved(before.named_counters, after.named_counters)
    assert set(change) == {"rx_bytes", "rx_frames"}
    status_bytes = len(wire.frame(Status.KIND).pack())
    assert abs(change["rx_bytes"] - 50 - status_bytes) <= 1, "every byte is counted, delimiters too"


def test_a_frame_may_come_in_any_pieces(wire: Wire) -> None:
    """Byte by byte, or three in one piece."""
    frames = [wire.frame(Hello.KIND) for _ in range(4)]
    for byte in frames[0].pack():
        wire.send(bytes([byte]))
    assert [reply.seq for reply in wire.receive()] == [frames[0].seq]
    wire.send(b"".join(frame.pack() for frame in frames[1:]))
    assert [reply.seq for reply in wire.receive(3)] == [frame.seq for frame in frames[1:]]


@given(data=st.data())
@pytest.mark.property("P1")
def test_damage_in_a_stream_of_three_frames_costs_only_the_frames_it_hits(busy_wire: Wire, data: st.DataObject) -> None:
    """P1: one byte inserted, deleted or changed anywhere; the frames before and well after it are answered."""
    frames = [busy_wire.frame(Hello.KIND) for _ in range(3)]
    stream = bytearray(b"".join(frame.pack() for frame in frames))
    place = data.draw(st.integers(0, len(stream) - 1))
    how = data.draw(st.sampled_from(["insert", "delete", "change"]))
    if how == "insert":
        stream.insert(place, data.draw(st.integers(0, 255)))
    elif how == "delete":
        del stream[place]
    else:
        stream[place] ^= data.draw(st.integers(1, 255))
    last = busy_wire.frame(Hello.KIND)
    busy_wire.send(bytes(stream) + b"\0" + last.pack())
    answered = [frame.seq for frame in _until(busy_wire, last)]
    # A deleted or changed delimiter costs the two frames it stood between.
    assert set(answered) <= {frame.seq for frame in (*frames, last)}
    assert len(answered) >= 2


def _until(wire: Wire, last: Frame) -> list[Frame]:
    """All replies up to the one to `last`."""
    found: list[Frame] = []
    while not found or found[-1].seq != last.seq:
        found += wire.receive()
    return found
