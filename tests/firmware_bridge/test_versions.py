"""Old host and new device, new host and old device: each learns whom it met."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

import pytest

from firmware_bridge import cobs
from firmware_bridge.client import Device
from firmware_bridge.errors import NoReplyError, ProtocolError
from firmware_bridge.frame import WIRE_VERSION, Drop, Frame, Receiver
from firmware_bridge.link import Link
from firmware_bridge.messages import HelloReply, split_reply
from tests.firmware_bridge.conftest import Bench
from tests.firmware_bridge.scripted import Arrival, ScriptedLine
from tests.vectors import WIRE_V1, read_vectors

V1 = read_vectors(WIRE_V1)
HELLO_CONTENT = struct.pack("<BB", 1, 1)

pytestmark = pytest.mark.property("P4")


def silent(_frame: Frame, _count: int) -> list[Arrival]:
    """A device of another version ignores all that we send in ours."""
    return []


def old_device(drop: Drop) -> Iterable[Arrival]:
    """The device of version 1, in what it says to a HELLO of its own version."""
    return [(0.01, V1["reply HELLO"])] if cobs.decode(drop.data).startswith(HELLO_CONTENT) else []


def as_version(version: int, frame: Frame) -> bytes:
    """An intact frame of another version."""
    content = struct.pack("<BBH", version, frame.kind, frame.seq) + frame.payload
    return cobs.encode(content + struct.pack("<I", zlib.crc32(content))) + b"\0"


def test_a_new_device_answers_an_old_hosts_hello_in_its_own_version(bench: Bench) -> None:
    """The old host sees an intact frame of another version, and the device counts one bad version."""
    before = bench.client.status().named_counters["bad_version"]
    (reply,) = Receiver().feed(bench.chip.feed(V1["request HELLO"]))
    assert isinstance(reply, Frame)
    assert (reply.kind, reply.seq) == (0x81, 0x1234)
    fields = split_reply(reply.payload)
    assert isinstance(fields, bytes)
    assert HelloReply.parse(fields) == bench.client.hello
    assert bench.client.status().named_counters["bad_version"] == before + 1


def test_a_new_device_answers_nothing_else_of_an_old_host(bench: Bench) -> None:
    """STATUS of version 1 is dropped and counted."""
    before = bench.client.status().named_counters["bad_version"]
    assert bench.chip.feed(V1["request STATUS"]) == b""
    assert bench.client.status().named_counters["bad_version"] == before + 1


def test_an_old_host_can_name_the_new_version(bench: Bench) -> None:
    """What it needs for that has not moved: COBS, CRC and the first byte."""
    content = cobs.decode(bench.chip.feed(V1["request HELLO"])[:-1])
    assert zlib.crc32(content[:-4]) == struct.unpack("<I", content[-4:])[0]
    assert content[0] == WIRE_VERSION == 2


def test_a_new_host_names_an_old_device() -> None:
    """The old device ignores our HELLO; asked in its own version it answers, and the error names both versions."""
    line = ScriptedLine(silent, old_device)
    with pytest.raises(ProtocolError, match="wire version 1, this release speaks 2") as raised:
        Device(Link(line, clock=line.clock))
    assert "flash the firmware of this one" in str(raised.value)
    assert line.now <= 3


def test_a_new_host_names_a_device_of_a_later_version() -> None:
    """It answers our HELLO in its own version, and we do not ask again."""
    line = ScriptedLine(lambda frame, _count: [(0.01, as_version(3, Frame(0x81, frame.seq, b"\0what is new")))])
    with pytest.raises(ProtocolError, match="wire version 3, this release speaks 2"):
        Device(Link(line, clock=line.clock))
    assert line.now <= 0.5
    assert len(line.frames) == 1


def test_silence_stays_silence() -> None:
    """A port where nobody is does not become another version."""
    line = ScriptedLine(silent, lambda _drop: [])
    with pytest.raises(NoReplyError, match="gave no reply to HELLO"):
        Device(Link(line, clock=line.clock))
    assert line.now <= 3
