"""Messages: every one packs to what it parses from, and nothing else parses (docs/protocol.md, "Requests")."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import messages as m
from firmware_bridge.messages.hello import LEAST_PAYLOAD
from toolchain.edit import Codec

REQUESTS = (
    m.Infer,
    m.Load,
    m.Read,
    m.Context,
    m.Summary,
    m.Watch,
    m.Begin,
    m.Write,
    m.Apply,
    m.Try,
    m.Commit,
    m.Confirm,
    m.Revert,
    m.Provision,
)
REPLIES = (
    m.HelloReply,
    m.StatusReply,
    m.InferReply,
    m.ContextReply,
    m.SummaryReply,
    m.WatchReply,
    m.BeginReply,
    m.TryReply,
    m.ActiveReply,
    m.ReadReply,
)
u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
digests = st.binary(min_size=8, max_size=8)
data = st.binary(max_size=40)

hellos = st.builds(
    m.HelloReply,
    firmware=st.tuples(u8, u8),
    edit_version=u8,
    journal_version=u8,
    max_payload=st.integers(256, 0xFFFF),
    rounding=st.sampled_from(m.Rounding),
    features=st.integers(0, 7).map(m.Feature),
    prototypes=u8,
    codec_mask=u8,
    adaptive_floats=u32,
    input_bytes=u32,
    output_bytes=u32,
    embedding_bytes=u16,
    context_capacity=u16,
    code_bytes=u16,
    trial_vectors=u16,
    trial_least=u16,
    largest_clip=st.floats(0, 1000, width=32),
    ticks_per_s=u32,
    counter=u32,
    base=digests,
    layout=digests,
    device_id=digests,
    platform=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
statuses = st.builds(
    m.StatusReply,
    edit_state=st.sampled_from(m.EditState),
    active_bank=u8,
    boot=st.sampled_from(m.Boot),
    generation=u32,
    counter=u32,
    confirmed_counter=u32,
    probation_ms=u32,
    active_digest=digests,
    other_digest=digests,
    confirmed_digest=digests,
    counters=st.lists(u32, max_size=50).map(tuple),
)
inferences = st.builds(
    lambda bank, generation, ticks, output: m.InferReply(bank, generation, ticks, len(output), output),
    u8,
    u32,
    u32,
    data,
)
contexts = st.builds(
    lambda first, rows, later, ever: m.ContextReply(
        first + len(rows) + later, first, len(rows), first + len(rows) + later + ever, b"".join(rows)
    ),
    st.integers(0, 100),
    st.lists(st.binary(min_size=4, max_size=4), max_size=10),
    st.integers(0, 100),
    u16,
)
summaries = st.builds(
    lambda held, ever, rows: m.SummaryReply(held, held + ever, rows[: len(rows) // 2], rows[len(rows) // 2 :]),
    st.integers(1, 100),
    u16,
    st.binary(max_size=20).map(lambda row: row + row),
)
watches = st.builds(m.WatchReply, u16, u32, u32, u32, u32, st.sampled_from(m.EditState))
trials = st.builds(lambda right, wrong, least: m.TryReply(right, right + wrong, least), u8, u8, u16)
actives = st.builds(m.ActiveReply, u8, u32, digests)
replies = st.one_of(
    hellos,
    statuses,
    inferences,
    contexts,
    summaries,
    watches,
    trials,
    actives,
    st.builds(m.BeginReply, u32, u32),
    st.builds(m.ReadReply, digests, data),
)
histories = st.lists(
    st.builds(m.HistoryEntry, u32, u32, st.sampled_from(m.Event), u8, u8, u8, digests, u32), max_size=8
).map(tuple)

requests = st.one_of(
    st.builds(m.Infer, st.none() | data, st.booleans(), st.booleans()),
    st.builds(m.Load, u32, data),
    st.builds(m.Read, st.sampled_from(m.Region), u32, u16),
    st.builds(m.Context, u16, st.booleans()),
    st.builds(m.Summary, u16),
    st.builds(m.Watch, st.booleans()),
    st.builds(m.Begin, st.binary(min_size=36, max_size=36), data),
    st.builds(m.Write, u32, data),
    st.builds(m.Apply, digests),
    st.builds(m.Try, u16),
    st.builds(m.Commit, digests, u16),
    st.builds(m.Confirm, digests),
    st.builds(m.Revert, st.sampled_from(m.RevertWhat), digests),
    st.builds(m.Provision, digests, st.binary(min_size=32, max_size=32)),
)
PLAIN_HELLO = m.HelloReply(
    firmware=(0, 2),
    edit_version=2,
    journal_version=1,
    max_payload=512,
    rounding=m.Rounding.TFLM,
    features=m.Feature.HAS_STORAGE,
    prototypes=1,
    codec_mask=3,
    adaptive_floats=4,
    input_bytes=4,
    output_bytes=4,
    embedding_bytes=4,
    context_capacity=4,
    code_bytes=0,
    trial_vectors=0,
    trial_least=0,
    largest_clip=0.5,
    ticks_per_s=1,
    counter=0,
    base=bytes(8),
    layout=bytes(8),
    device_id=bytes(8),
    platform="abc",
)


@given(replies)
def test_replies_survive_packing(reply: Any) -> None:
    """Parsing what a reply packs to gives it back."""
    assert type(reply).parse(reply.pack()) == reply


@given(requests)
def test_requests_survive_packing(request: Any) -> None:
    """Parsing what a request packs to gives it back."""
    assert type(request).parse(request.pack()) == request


@given(st.builds(m.Refusal, st.sampled_from(sorted(set(m.Code) - {m.Code.OK})), u32, u32))
def test_refusals_survive_packing(refusal: m.Refusal) -> None:
    """A refusal is a reply of nine bytes, told apart from OK by its first."""
    assert len(refusal.pack()) == 9
    assert m.split_reply(refusal.pack()) == refusal


@given(st.sampled_from([*REPLIES, *REQUESTS]), st.binary(max_size=150))
def test_no_bytes_raise_anything_but_the_one_error(message: Any, payload: bytes) -> None:
    """Untrusted bytes parse to a legal message or raise `MalformedError`."""
    try:
        parsed = message.parse(payload)
    except m.MalformedError:
        return
    assert message.parse(parsed.pack()) == parsed


@given(histories)
def test_a_history_survives_packing(entries: tuple[m.HistoryEntry, ...]) -> None:
    """Entry for entry, oldest first."""
    assert m.parse_history(b"".join(entry.pack() for entry in entries)) == entries


@given(st.binary(max_size=100))
def test_no_history_raises_anything_but_the_one_error(region: bytes) -> None:
    """Whole entries with events that exist, or `MalformedError`."""
    try:
        entries = m.parse_history(region)
    except m.MalformedError:
        return
    assert b"".join(entry.pack() for entry in entries) == region


def test_a_key_is_never_shown() -> None:
    """Neither the message nor an error that prints it tells the key."""
    secret = bytes(range(1, 33))
    shown = repr(m.Provision(bytes(8), secret))
    assert "Provision(device_id" in shown
    assert repr(secret)[2:12] not in shown


@given(st.binary(max_size=30))
def test_no_reply_raises_anything_but_the_one_error(payload: bytes) -> None:
    """The start of a reply is OK, a known refusal, or `MalformedError`."""
    try:
        fields = m.split_reply(payload)
    except m.MalformedError:
        return
    assert isinstance(fields, m.Refusal) or payload == b"\0" + fields


@given(st.one_of(hellos, statuses, watches, trials, actives))
def test_a_truncated_reply_does_not_parse(reply: Any) -> None:
    """Every shorter or longer form of a sized reply is malformed."""
    packed = reply.pack()
    for other in [*(packed[:size] for size in range(len(packed))), packed + b"\0"]:
        with pytest.raises(m.MalformedError):
            type(reply).parse(other)


def test_every_reason_is_listed_at_once() -> None:
    """A reply with three faults names three reasons."""
    packed = bytearray(PLAIN_HELLO.pack())
    packed[6], packed[7], packed[-4] = 9, 0x80, 7
    with pytest.raises(m.MalformedError) as raised:
        m.HelloReply.parse(bytes(packed))
    assert len(raised.value.reasons) == 3
    assert "9 is none of Rounding (0 TFLM, 1 LITERT)" in raised.value.reasons[0]


def test_hello_says_which_codecs_both_sides_know() -> None:
    """Codecs of a later device are not offered."""
    hello = replace(PLAIN_HELLO, codec_mask=0xE3)
    assert hello.codecs == (Codec.F32, Codec.INT8, Codec.LATENT)


def test_counters_have_names_and_later_ones_a_place() -> None:
    """P19: every counter of docs/protocol.md in its place; a newer device's extra ones are not lost."""
    status = m.StatusReply.parse(
        bytes(3) + bytes(16) + bytes(24) + bytes([46]) + b"".join(place.to_bytes(4, "little") for place in range(46))
    )
    counters = status.named_counters
    assert counters["bad_crc"] == 6
    assert (counters["unknown_type"], counters["input_incomplete"]) == (9, 14)
    assert (counters["edit_version"], counters["bad_mac"], counters["wrong_verb"]) == (15, 29, 38)
    assert (counters["inferences"], counters["applies"], counters["ran_out"]) == (39, 40, 44)
    assert counters["counter_45"] == 45


def test_status_and_hello_fit_every_device() -> None:
    """P4: the longest HELLO and the STATUS of all counters stay within the least payload, status byte included."""
    status = m.StatusReply.parse(bytes(43) + bytes([len(m.COUNTERS)]) + bytes(4 * len(m.COUNTERS)))
    assert 1 + len(status.pack()) <= LEAST_PAYLOAD
    assert 1 + len(replace(PLAIN_HELLO, platform="x" * 32).pack()) <= LEAST_PAYLOAD


def test_read_refuses_more_bytes_than_it_asked_for() -> None:
    """A reply longer than the wanted length is malformed."""
    read = m.Read(m.Region.OUTPUT, 0, 2)
    assert read.parse_reply(bytes(8) + b"ab").data == b"ab"
    with pytest.raises(m.MalformedError, match="asked for 2"):
        read.parse_reply(bytes(8) + b"abc")
