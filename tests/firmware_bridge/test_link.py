"""The link over a scripted line and a virtual clock: drop, duplicate, corrupt, delay, wrong seq (P5, P6, P20)."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import cobs
from firmware_bridge.errors import NoReplyError, ProtocolError
from firmware_bridge.frame import Frame, wire_bytes_limit
from firmware_bridge.messages import Load, Refusal, Verify
from firmware_bridge.messages.kinds import LOG_KIND, Code
from firmware_bridge.patience import Patience
from tests.firmware_bridge.scripted import Arrival, linked, ok


def test_a_reply_comes_back_parsed_and_counted() -> None:
    """One request, one reply; every byte of both directions is counted, the first delimiter included."""
    link, line = linked(lambda frame, _: [(0.01, ok(frame, b"12345678"))])
    assert link.request(Verify()) == b"12345678"
    assert line.sent[0].startswith(b"\0")
    assert link.cost.sent_bytes == len(line.sent[0])
    assert link.cost.received_bytes == len(ok(line.frames[0], b"12345678"))
    assert (link.cost.requests, link.cost.retries) == (1, 0)


def test_only_the_first_frame_and_retries_begin_with_a_delimiter() -> None:
    """The greeting costs one byte once, and seq counts up and wraps."""
    link, line = linked(lambda frame, _: [(0, ok(frame))])
    for _ in range(4):
        link.request(Verify())
    assert [data.startswith(b"\0") for data in line.sent] == [True, False, False, False]
    assert [frame.seq for frame in line.frames] == [0xFFFE, 0xFFFF, 0, 1]


@pytest.mark.property("P6")
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_reply_is_asked_for_again_with_the_same_bytes(lost: int) -> None:
    """P6: a retry has the same seq and the same content, so that the device may replay its reply."""
    link, line = linked(lambda frame, count: [(0.01, ok(frame))] if count > lost else [])
    link.request(Verify())
    assert len(set(line.frames)) == 1
    assert len(line.frames) == lost + 1
    assert link.cost.retries == lost


def test_a_corrupt_reply_is_dropped_and_asked_for_again() -> None:
    """A wrong CRC counts as no reply, and is counted by its reason."""

    def script(frame: Frame, count: int) -> list[Arrival]:
        reply = bytearray(ok(frame))
        if count == 1:
            reply[6] ^= 1
        return [(0.01, bytes(reply))]

    link, _ = linked(script)
    assert link.request(Verify()) == bytes(8)
    assert sum(link.dropped.values()) >= 1


@pytest.mark.property("P5")
def test_duplicates_and_late_replies_do_not_answer_the_next_request() -> None:
    """P5: what belongs to an older seq is discarded and counted."""

    def script(frame: Frame, count: int) -> list[Arrival]:
        reply = ok(frame, bytes([count]) * 8)
        return [(0.01, reply), (0.015, reply + reply)]

    link, _ = linked(script)
    for count in (1, 2, 3):
        assert link.request(Verify()) == bytes([count]) * 8
    assert link.dropped["stray"] == 4


def test_a_reply_that_was_cut_off_does_not_spoil_the_next() -> None:
    """A reply without its end is given up with the wait, and the next one stands alone."""
    link, line = linked(lambda frame, count: [(0.01, ok(frame)[: -1 if count == 1 else None])])
    assert link.request(Verify()) == bytes(8)
    assert len(line.frames) == 2
    assert link.dropped["bad_cobs"] == 1


@pytest.mark.property("P5")
def test_a_reply_with_another_seq_or_type_is_discarded() -> None:
    """P5: only the awaited pair of type and seq counts."""

    def script(frame: Frame, _count: int) -> list[Arrival]:
        strange = Frame(frame.kind | 0x80, frame.seq ^ 1, b"\0" + b"a" * 8).pack()
        other = Frame(0x81, frame.seq, b"\0" + b"b" * 8).pack()
        return [(0.01, strange + other + ok(frame, b"right on"))]

    link, _ = linked(script)
    assert link.request(Verify()) == b"right on"
    assert link.dropped["stray"] == 2


@pytest.mark.property("P5")
def test_a_flood_of_logs_changes_nothing() -> None:
    """P5: log lines have a type of their own and are handed to who wants them."""
    lines: list[str] = []
    flood = b"".join(Frame(LOG_KIND, 0, f"line {n} \xff".encode("latin-1")).pack() for n in range(500))
    link, _ = linked(lambda frame, _: [(0.01, flood), (0.02, ok(frame))], on_log=lines.append)
    assert link.request(Verify()) == bytes(8)
    assert len(lines) == 500
    assert lines[7].startswith("line 7 ")


@pytest.mark.property("P20")
def test_silence_says_what_was_awaited_how_long_and_what_came() -> None:
    """P20: the total is kept, and the message has everything a person needs."""
    link, line = linked(lambda _frame, _count: [], patience=Patience(reply_s=0.5, total_s=4))
    with pytest.raises(NoReplyError) as raised:
        link.request(Verify())
    assert line.now == pytest.approx(4.0, abs=0.1)
    message = str(raised.value)
    for part in ("scripted gave no reply to VERIFY", "type 0x92 with seq 65534", "4 time(s)", "not one byte"):
        assert part in message


@pytest.mark.property("P20")
def test_noise_is_told_apart_from_silence() -> None:
    """Bytes without one intact frame point at a wrong port; the message shows them."""
    link, _ = linked(lambda _frame, _count: [(0.1, b"login: \r\n\0")])
    with pytest.raises(ProtocolError, match=r"(?s)something else.*") as raised:
        link.request(Verify())
    assert "6c 6f 67 69 6e" in str(raised.value)
    assert "login: " in str(raised.value)
    assert "bad_cobs" in str(raised.value)


@pytest.mark.property("P4")
def test_another_wire_version_is_named() -> None:
    """P4: an intact frame of another version is no noise."""
    content = struct.pack("<BBH", 9, 0x92, 0xFFFE) + b"\0"
    body = cobs.encode(content + struct.pack("<I", zlib.crc32(content))) + b"\0"
    link, _ = linked(lambda _frame, _count: [(0.1, body)])
    with pytest.raises(ProtocolError, match="wire version 9, this release speaks 2"):
        link.request(Verify())


def test_a_reply_that_does_not_parse_shows_its_bytes_and_every_reason() -> None:
    """An intact frame with a strange content is an error at once, not a retry."""
    link, line = linked(lambda frame, _: [(0, ok(frame, b"short"))])
    with pytest.raises(ProtocolError) as raised:
        link.request(Verify())
    assert "5 bytes, wanted 8" in str(raised.value)
    assert "00 73 68 6f 72 74" in str(raised.value)
    assert len(line.frames) == 1


def test_a_refusal_is_a_value() -> None:
    """The link hands refusals up; it does not retry them."""
    refusal = Refusal(Code.BAD_STATE, 1, 0)
    link, line = linked(lambda frame, _: [(0, Frame(frame.kind | 0x80, frame.seq, refusal.pack()).pack())])
    assert link.request(Verify()) == refusal
    assert len(line.frames) == 1


@pytest.mark.property("P20")
@pytest.mark.parametrize(("size", "work_s"), [(0, 0.0), (5000, 0.0), (0, 3.0)])
def test_waits_grow_with_the_work(size: int, work_s: float) -> None:
    """P20: each try waits for the line and for the work, at the line's own speed."""
    link, line = linked(lambda _frame, _count: [], patience=Patience(reply_s=1, total_s=1))
    line.baud = 9600
    with pytest.raises(NoReplyError):
        link.request(Load(0, bytes(size)), work_s=work_s, reply_bytes=5)
    on_the_line = (wire_bytes_limit(size + 4) + wire_bytes_limit(5)) * 10 / 9600
    assert line.now == pytest.approx(1 + work_s + on_the_line)


@given(
    st.lists(st.sampled_from(["drop", "corrupt", "cut", "late", "twice", "fine"]), max_size=3),
    st.integers(0, 0xFFFF),
)
def test_any_three_faults_in_a_row_are_survived(faults: list[str], seed: int) -> None:
    """P6: within the patience, no mix of faults gives a wrong reply."""

    def script(frame: Frame, count: int) -> list[Arrival]:
        fault = faults[count - 1] if count <= len(faults) else "fine"
        good = ok(frame, seed.to_bytes(8, "little"))
        damaged = bytearray(good)
        damaged[seed % (len(good) - 1)] ^= 1 + seed % 255
        return {
            "drop": [],
            "corrupt": [(0.01, bytes(damaged))],
            "cut": [(0.01, good[: seed % len(good)])],
            "late": [(1.0, good)],
            "twice": [(0.01, good), (0.02, good)],
            "fine": [(0.01, good)],
        }[fault]

    link, line = linked(script)
    assert link.request(Verify()) == seed.to_bytes(8, "little")
    assert len(set(line.frames)) == 1


def test_closing_the_link_gives_the_line_back() -> None:
    """Who opened it may open it again."""
    link, line = linked(lambda _frame, _count: [])
    link.close()
    assert line.closed


@pytest.mark.property("P20")
def test_a_budget_ends_many_requests_together() -> None:
    """However many requests have to be repeated, the block never waits longer, and the error says why it stopped."""
    link, line = linked(lambda frame, count: [] if count % 3 else [(0.01, ok(frame))])

    def stubborn() -> None:
        with link.budget(5):
            while True:
                link.request(Verify())

    with pytest.raises(NoReplyError, match="where the budget of the whole operation ends"):
        stubborn()
    assert line.now == pytest.approx(5, abs=0.1)


@pytest.mark.property("P20")
def test_a_budget_within_a_budget_is_never_longer() -> None:
    """Unless it may be, as the short one for the counters after a failure."""
    link, line = linked(lambda _frame, _count: [])
    with link.budget(1):
        with link.budget(10), pytest.raises(NoReplyError):
            link.request(Verify())
        assert line.now == pytest.approx(1)
        with link.budget(0.5, extend=True), pytest.raises(NoReplyError):
            link.request(Verify())
        assert line.now == pytest.approx(1.5)
    with pytest.raises(NoReplyError):
        link.request(Verify())
    assert line.now == pytest.approx(5.5, abs=0.05)


@pytest.mark.property("P20")
def test_a_used_up_budget_sends_nothing_more() -> None:
    """A request that cannot be awaited is not sent: it might be carried out unseen."""
    link, line = linked(lambda _frame, _count: [])
    with link.budget(0), pytest.raises(NoReplyError, match="asked for 0 time"):
        link.request(Verify())
    assert not line.frames
