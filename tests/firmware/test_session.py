"""HELLO and STATUS, the stored reply, and requests that no device can carry out."""

import numpy as np
import pytest

from firmware_bridge.frame import Frame
from firmware_bridge.messages import (
    COUNTERS,
    Begin,
    Code,
    EditState,
    Feature,
    Hello,
    Infer,
    Kind,
    Refusal,
    Rounding,
    Status,
    Write,
)
from tests.firmware.requests import EVERY_REQUEST
from tests.firmware.tiny_model import (
    BASE,
    INPUT_BYTES,
    LAYOUT,
    PROTOTYPES,
    TRIAL_LEAST,
    TRIAL_VECTORS,
    WINDOW,
    some_edit,
)
from tests.firmware.wire import Wire, moved
from toolchain.digest import bank_digest, fingerprint

LEAST = {
    "Infer": 1,
    "Load": 4,
    "Read": 7,
    "Context": 3,
    "Watch": 1,
    "Begin": 36,
    "Write": 4,
    "Try": 2,
    "Commit": 10,
    "Confirm": 8,
    "Revert": 9,
    "Apply": 8,
    "Provision": 40,
}
VARIABLE = {"Infer", "Load", "Write", "Begin"}


@pytest.mark.property("P4")
def test_hello_says_what_the_device_is(wire: Wire) -> None:
    """P4: versions, sizes, fingerprints, codecs, rounding contract, signed or not, platform."""
    hello = wire.ask(Hello())
    assert hello.firmware == (0, 2)
    assert hello.max_payload == 512
    assert hello.rounding is Rounding.TFLM
    assert not hello.signed_only
    assert hello.prototypes == len(PROTOTYPES)
    assert hello.codec_mask == 0b111111
    assert (hello.adaptive_floats, hello.input_bytes, hello.output_bytes) == (LAYOUT.size, INPUT_BYTES, 12)
    assert (hello.embedding_bytes, hello.context_capacity) == (4, 32)
    assert hello.ticks_per_s == 1_000_000
    assert hello.counter == 0
    assert (hello.edit_version, hello.journal_version, hello.features) == (2, 0, Feature(0))
    assert (hello.code_bytes, hello.trial_vectors, hello.trial_least) == (4, TRIAL_VECTORS, TRIAL_LEAST)
    assert hello.largest_clip == np.float32(1.999)
    assert hello.device_id == bytes(8)
    assert (hello.base, hello.layout) == (BASE, LAYOUT.fingerprint)
    assert hello.platform == "posix"


def test_a_device_boots_with_the_factory_head_in_both_banks(wire: Wire) -> None:
    """Entry 0 of the prototype table, whole and ready, before any edit."""
    status = wire.status()
    factory = bank_digest(PROTOTYPES[0])
    assert (status.active_digest, status.other_digest) == (factory, factory)
    assert (status.edit_state, status.active_bank, status.generation, status.counter) == (EditState.IDLE, 0, 0, 0)
    assert len(status.counters) == len(COUNTERS)


def test_a_device_without_adaptive_parameters_says_so(plain_wire: Wire) -> None:
    """HELLO has zeros, STATUS the digest of nothing, and every edit request is refused with BAD_STATE."""
    hello = plain_wire.ask(Hello())
    assert (hello.adaptive_floats, hello.prototypes) == (0, 0)
    assert (hello.embedding_bytes, hello.context_capacity) == (0, 0)
    assert plain_wire.status().active_digest == fingerprint(b"")
    for name in ("Begin", "Write", "Verify", "Try", "Commit", "Confirm", "Revert", "Apply", "Provision"):
        assert plain_wire.raw(*EVERY_REQUEST[name]) == Refusal(Code.BAD_STATE, 0, 0)


@pytest.mark.property("P6")
def test_the_same_request_again_gets_the_stored_reply_and_is_not_carried_out_again(wire: Wire) -> None:
    """P6: a host repeats what was not answered; the device counts it."""
    frame = wire.frame(Kind.INFER, Infer(WINDOW.tobytes(), remember=True).pack())
    first = wire.exchange(frame)
    before = wire.counters()
    again = wire.frame(Kind.INFER, Infer(WINDOW.tobytes(), remember=True).pack())
    replies = [wire.exchange(again) for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert replies[0].payload[:5] == first.payload[:5]
    assert moved(before, wire.counters()) == {"replayed": 2, "inferences": 1}


def test_a_refusal_is_stored_as_well(wire: Wire) -> None:
    """A repeated refusal is replayed, not counted as a second refusal."""
    frame = wire.frame(Kind.WRITE, Write(0, b"x").pack())
    before = wire.counters()
    assert wire.exchange(frame) == wire.exchange(frame)
    assert moved(before, wire.counters()) == {"bad_state": 1, "replayed": 1}


def test_the_same_seq_with_another_payload_is_another_request(wire: Wire) -> None:
    """Only seq and CRC together make a repetition."""
    begin = wire.frame(Kind.BEGIN, Begin(some_edit(1).header).pack())
    other = Frame(Kind.BEGIN, begin.seq, some_edit(0).header)
    assert wire.exchange(begin).payload[0] == Code.OK
    assert wire.exchange(other).payload[0] == Code.STALE_COUNTER
    assert wire.counters()["replayed"] == 0


def test_only_the_last_reply_is_kept(wire: Wire) -> None:
    """After another request the first one is carried out anew."""
    frame = wire.frame(Kind.STATUS)
    wire.exchange(frame)
    wire.ask(Hello())
    before = wire.counters()
    wire.exchange(frame)
    assert moved(before, wire.counters()) == {}


@pytest.mark.parametrize("kind", [0x00, 0x09, 0x0F, 0x19, 0x1F, 0x70, 0x7F])
def test_an_unknown_type_is_answered_and_counted(wire: Wire, kind: int) -> None:
    """Also the reserved ones, and a log frame, which no host sends."""
    before = wire.counters()
    assert wire.raw(kind, b"anything") == Refusal(Code.UNKNOWN_TYPE, 0, kind)
    assert moved(before, wire.counters()) == {"unknown_type": 1}


@pytest.mark.parametrize("name", EVERY_REQUEST)
def test_a_payload_that_is_too_short_or_too_long_is_refused(wire: Wire, name: str) -> None:
    """BAD_LENGTH says the length that is wanted and the one that came."""
    kind, _ = EVERY_REQUEST[name]
    least = LEAST.get(name, 0)
    wrong = ([least - 1] if least else []) + ([] if name in VARIABLE else [least + 1, 512])
    if name == "Summary":
        wrong = [1, 3, 512]
    before = wire.counters()
    for size in wrong:
        assert wire.raw(kind, bytes(size)) == Refusal(Code.BAD_LENGTH, least, size)
    assert moved(before, wire.counters()) == {"bad_length": len(wrong)}


def test_the_state_outlives_a_connection(wire: Wire, device: object) -> None:
    """A pulled cable changes nothing on the device."""
    wire.deliver(some_edit(1))
    before = wire.status()
    second = Wire(device.url)  # type: ignore[attr-defined]
    wire.close()
    try:
        after = second.ask(Status())
        assert (after.active_digest, after.generation, after.counter) == (before.active_digest, 1, 1)
    finally:
        second.close()
