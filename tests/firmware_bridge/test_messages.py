"""Messages: every one packs to what it parses from, and nothing else parses (docs/protocol.md, "Requests")."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import messages as m
from toolchain.edit import Codec

REQUESTS = (m.Infer, m.Load, m.Read, m.Context, m.Begin, m.Write, m.Commit, m.Revert)
u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
digests = st.binary(min_size=8, max_size=8)
data = st.binary(max_size=40)

hellos = st.builds(
    m.HelloReply,
    firmware=st.tuples(u8, u8),
    max_payload=st.integers(64, 0xFFFF),
    rounding=st.sampled_from(m.Rounding),
    signed_only=st.booleans(),
    prototypes=u8,
    codec_mask=u8,
    adaptive_floats=u32,
    input_bytes=u32,
    output_bytes=u32,
    embedding_bytes=u16,
    context_capacity=u16,
    ticks_per_s=u32,
    counter=u32,
    base=digests,
    layout=digests,
    platform=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
statuses = st.builds(
    m.StatusReply,
    edit_state=st.sampled_from(m.EditState),
    active_bank=u8,
    generation=u32,
    counter=u32,
    active_digest=digests,
    other_digest=digests,
    counters=st.lists(u32, max_size=30).map(tuple),
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
actives = st.builds(m.ActiveReply, u8, u32, digests)
replies = st.one_of(hellos, statuses, inferences, contexts, actives, st.builds(m.ReadReply, digests, data))

requests = st.one_of(
    st.builds(m.Infer, st.none() | data, st.booleans(), st.booleans()),
    st.builds(m.Load, u32, data),
    st.builds(m.Read, st.sampled_from(m.Region), u32, u16),
    st.builds(m.Context, u16, st.booleans()),
    st.builds(m.Begin, st.binary(min_size=36, max_size=36)),
    st.builds(m.Write, u32, data),
    st.builds(m.Commit, digests),
    st.builds(m.Revert, st.sampled_from(m.RevertWhat), digests),
)
PLAIN_HELLO = m.HelloReply(
    firmware=(0, 1),
    max_payload=512,
    rounding=m.Rounding.TFLM,
    signed_only=False,
    prototypes=1,
    codec_mask=3,
    adaptive_floats=4,
    input_bytes=4,
    output_bytes=4,
    embedding_bytes=4,
    context_capacity=4,
    ticks_per_s=1,
    counter=0,
    base=bytes(8),
    layout=bytes(8),
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


@given(
    st.sampled_from([m.HelloReply, m.StatusReply, m.InferReply, m.ContextReply, m.ActiveReply, m.ReadReply, *REQUESTS]),
    st.binary(max_size=150),
)
def test_no_bytes_raise_anything_but_the_one_error(message: Any, payload: bytes) -> None:
    """Untrusted bytes parse to a legal message or raise `MalformedError`."""
    try:
        parsed = message.parse(payload)
    except m.MalformedError:
        return
    assert message.parse(parsed.pack()) == parsed


@given(st.binary(max_size=30))
def test_no_reply_raises_anything_but_the_one_error(payload: bytes) -> None:
    """The start of a reply is OK, a known refusal, or `MalformedError`."""
    try:
        fields = m.split_reply(payload)
    except m.MalformedError:
        return
    assert isinstance(fields, m.Refusal) or payload == b"\0" + fields


@given(st.one_of(hellos, statuses))
def test_a_truncated_reply_does_not_parse(reply: Any) -> None:
    """Every shorter or longer form of a sized reply is malformed."""
    packed = reply.pack()
    for other in [*(packed[:size] for size in range(len(packed))), packed + b"\0"]:
        with pytest.raises(m.MalformedError):
            type(reply).parse(other)


def test_every_reason_is_listed_at_once() -> None:
    """A reply with three faults names three reasons."""
    packed = bytearray(PLAIN_HELLO.pack())
    packed[4], packed[5], packed[-4] = 9, 0x80, 7
    with pytest.raises(m.MalformedError) as raised:
        m.HelloReply.parse(bytes(packed))
    assert len(raised.value.reasons) == 3
    assert "9 is none of Rounding (0 TFLM, 1 LITERT)" in raised.value.reasons[0]


def test_hello_says_which_codecs_both_sides_know() -> None:
    """Codecs of a later device are not offered."""
    hello = replace(PLAIN_HELLO, codec_mask=0xFF)
    assert hello.codecs == (Codec.F32, Codec.INT8)


def test_counters_have_names_and_later_ones_a_place() -> None:
    """A newer device's extra counters are not lost."""
    status = m.StatusReply(m.EditState.IDLE, 0, 1, 0, bytes(8), bytes(8), tuple(range(20)))
    assert status.named_counters["bad_crc"] == 6
    assert status.named_counters["counter_19"] == 19


def test_read_refuses_more_bytes_than_it_asked_for() -> None:
    """A reply longer than the wanted length is malformed."""
    read = m.Read(m.Region.OUTPUT, 0, 2)
    assert read.parse_reply(bytes(8) + b"ab").data == b"ab"
    with pytest.raises(m.MalformedError, match="asked for 2"):
        read.parse_reply(bytes(8) + b"abc")


def test_the_bytes_of_version_1() -> None:
    """P25 in small: a few messages, byte by byte as docs/protocol.md has them."""
    assert m.Infer(b"\x05", remember=True).pack() == b"\x03\x05"
    assert m.Infer().pack() == b"\x00"
    assert m.Infer(forget=True).pack() == b"\x04"
    assert m.Read(m.Region.OUTPUT, 0x01020304, 0x0506).pack() == b"\x03\x04\x03\x02\x01\x06\x05"
    assert m.Context(7, forget=True).pack() == b"\x01\x07\x00"
    assert m.Revert(m.RevertWhat.BANK, b"12345678").pack() == b"\x0112345678"
    assert m.Refusal(m.Code.BASE_MISMATCH, 1, 2).pack() == b"\x11\x01\x00\x00\x00\x02\x00\x00\x00"
    assert [kind.value for kind in m.Kind] == [1, 2, 3, 4, 5, 6, 0x10, 0x11, 0x12, 0x14, 0x16]
