"""Every way to refuse an edit, once, with its numbers, its counter, and the device unharmed (P8, P10, P11, P19)."""

import struct
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware_bridge.messages import (
    Begin,
    Code,
    EditState,
    Kind,
    Read,
    Refusal,
    Region,
    Revert,
    RevertWhat,
    Verify,
    Write,
)
from tests.firmware.tiny_model import BASE, LAYOUT, PROTOTYPES, some_edit
from tests.firmware.wire import Wire, moved, u32
from toolchain.digest import bank_digest
from toolchain.edit import Codec, Edit

GOOD = some_edit(5)
FIRST = struct.unpack_from("<I", GOOD.digest)[0]


def patched(offset: int, value: int, form: str = "<B") -> bytes:
    """A header with one field changed."""
    header = bytearray(GOOD.header)
    struct.pack_into(form, header, offset, value)
    return bytes(header)


HEADERS = {
    "flags": (patched(3, 4), Refusal(Code.BAD_FLAGS, 3, 4)),
    "version": (patched(0, 1), Refusal(Code.EDIT_VERSION, 2, 1)),
    "base": (patched(8, 0xFF), Refusal(Code.BASE_MISMATCH, u32(BASE), u32(bytes([0xFF, 2, 3, 4])))),
    "base, last byte": (patched(15, 0xFF), Refusal(Code.BASE_MISMATCH, u32(BASE), u32(BASE))),
    "layout": (
        patched(16, 0, "<I"),
        Refusal(Code.LAYOUT_MISMATCH, u32(LAYOUT.fingerprint), 0),
    ),
    "prototype": (patched(2, 3), Refusal(Code.BAD_PROTOTYPE, 3, 3)),
    "codec": (patched(1, 6), Refusal(Code.BAD_CODEC, 0x3F, 6)),
    "codec beyond the mask": (patched(1, 0xFF), Refusal(Code.BAD_CODEC, 0x3F, 0xFF)),
    "length": (patched(32, 14, "<I"), Refusal(Code.BAD_PAYLOAD_LENGTH, LAYOUT.size, 14)),
    "codec of another length": (patched(1, 0), Refusal(Code.BAD_PAYLOAD_LENGTH, 4 * LAYOUT.size, LAYOUT.size)),
    "counter": (patched(4, 0, "<I"), Refusal(Code.STALE_COUNTER, 0, 0)),
    "no key": (patched(3, 1), Refusal(Code.NO_KEY, 0, 0)),
}


@pytest.mark.property("P8", "P19")
@pytest.mark.parametrize("name", HEADERS)
def test_begin_refuses_what_the_header_tells(wire: Wire, name: str) -> None:
    """Both numbers are there, one counter moves, and the device takes the right edit next."""
    header, expected = HEADERS[name]
    before = wire.counters()
    assert wire.refusal(Begin(header)) == expected
    assert moved(before, wire.counters()) == {expected.code.name.lower(): 1}
    wire.deliver(GOOD)


def test_begin_checks_in_the_order_of_the_codes(wire: Wire) -> None:
    """First the flags, then version, base, layout, prototype, codec, length, counter, and the key last."""
    wrong = [(3, 4), (0, 9), (8, 99), (16, 0), (2, 77), (1, 9), (32, 1)]
    header = bytearray(patched(4, 0, "<I"))
    for offset, value in wrong:
        header[offset] = value
    found = []
    for offset, _ in wrong:
        found.append(wire.refusal(Begin(bytes(header))).code)
        header[offset] = GOOD.header[offset]
    found.append(wire.refusal(Begin(bytes(header))).code)
    header[3:5] = 1, 5
    found.append(wire.refusal(Begin(bytes(header))).code)
    assert found == [29, 16, 17, 18, 19, 20, 21, 22, 31]


def test_a_refused_begin_leaves_an_edit_in_progress_alone(wire: Wire) -> None:
    """Nothing changes on a refusal."""
    wire.stage(GOOD)
    wire.refusal(Begin(HEADERS["base"][0]))
    assert wire.ask(Verify()) == GOOD.digest


def test_an_old_edit_is_refused_after_a_newer_one(wire: Wire) -> None:
    """The counter of the device is that of the last edit; an equal one is stale too."""
    wire.deliver(GOOD)
    for counter in (1, 4, 5):
        assert wire.refusal(Begin(some_edit(counter).header)) == Refusal(Code.STALE_COUNTER, 5, counter)
    wire.deliver(some_edit(0xFFFF_FFFF))
    assert wire.refusal(Begin(some_edit(0xFFFF_FFFF).header)).code == Code.STALE_COUNTER


def with_delta(index: int, bits: int) -> Edit:
    """An f32 edit with one chosen float, and the digest that it would have."""
    delta = np.zeros(LAYOUT.size, np.float32)
    delta.view(np.uint32)[index] = bits
    with np.errstate(all="ignore"):
        bank = PROTOTYPES[1] + delta
    return Edit(Codec.F32, 1, 5, BASE, LAYOUT.fingerprint, bank_digest(bank), delta.tobytes())


VALUES = {
    "nan": (with_delta(3, 0x7FC0_0001), Refusal(Code.NOT_FINITE, 3, 0x7FC0_0001)),
    "signalling nan": (with_delta(0, 0x7F80_0001), Refusal(Code.NOT_FINITE, 0, 0x7F80_0001)),
    "infinity": (with_delta(14, 0xFF80_0000), Refusal(Code.NOT_FINITE, 14, 0xFF80_0000)),
    "beyond T": (with_delta(2, 0x3F00_0001), Refusal(Code.OUT_OF_BOUNDS, 2, 0x3F00_0001)),
    "beyond the bias's T": (with_delta(12, 0x4000_0000), Refusal(Code.OUT_OF_BOUNDS, 12, 0x4000_0000)),
    "level -128": (
        replace(GOOD, payload=b"\x80" + GOOD.payload[1:]),
        Refusal(Code.OUT_OF_BOUNDS, 0, 2**32 - 128),
    ),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.property("P11")
def test_verify_refuses_values_that_no_edit_may_hold(wire: Wire, name: str) -> None:
    """P11: the index and the bits of the first one; staging is dropped, the active bank stays."""
    edit, expected = VALUES[name]
    wire.stage(edit)
    before = wire.counters()
    assert wire.refusal(Verify()) == expected
    assert moved(before, wire.counters()) == {expected.code.name.lower(): 1}
    assert wire.status().edit_state is EditState.IDLE
    assert wire.ask(Read(Region.ACTIVE_BANK, 0, 60)).data == PROTOTYPES[0].tobytes()
    wire.deliver(GOOD)


@pytest.mark.property("P10")
def test_verify_refuses_a_bank_with_another_digest(wire: Wire) -> None:
    """P10: one level changed on the way; both digests are in the refusal."""
    payload = bytes([GOOD.payload[0] ^ 1]) + GOOD.payload[1:]
    wire.stage(replace(GOOD, payload=payload))
    refusal = wire.refusal(Verify())
    assert (refusal.code, refusal.expected) == (Code.DIGEST_MISMATCH, FIRST)
    assert wire.status().edit_state is EditState.IDLE


def test_verify_waits_for_the_whole_payload(wire: Wire) -> None:
    """EDIT_INCOMPLETE is the one refusal of VERIFY that keeps what was staged."""
    wire.ask(Begin(GOOD.header))
    wire.ask(Write(0, GOOD.payload[:10]))
    assert wire.refusal(Verify()) == Refusal(Code.EDIT_INCOMPLETE, 15, 10)
    wire.ask(Write(10, GOOD.payload[10:]))
    assert wire.ask(Verify()) == GOOD.digest


@pytest.mark.parametrize(
    ("offset", "size", "expected"),
    [(1, 1, 0), (0xFFFF_FFFF, 1, 0), (0, 16, 15), (0, 508, 15)],
)
def test_write_stays_within_the_payload(wire: Wire, offset: int, size: int, expected: int) -> None:
    """A gap names the next offset, a piece that is too long the limit; no sum wraps round."""
    wire.ask(Begin(GOOD.header))
    before = wire.counters()
    assert wire.refusal(Write(offset, bytes(size))) == Refusal(Code.BAD_OFFSET, expected, offset)
    assert moved(before, wire.counters()) == {"bad_offset": 1}


def test_write_stays_within_the_payload_after_a_start(wire: Wire) -> None:
    """A piece that begins inside and ends outside is refused as a whole."""
    wire.ask(Begin(GOOD.header))
    wire.ask(Write(0, GOOD.payload[:10]))
    assert wire.refusal(Write(10, bytes(6))) == Refusal(Code.BAD_OFFSET, 15, 10)
    assert wire.refusal(Write(9, bytes(7))) == Refusal(Code.BAD_OFFSET, 15, 9)
    assert wire.ask(Write(10, GOOD.payload[10:])) == 15
    assert wire.ask(Verify()) == GOOD.digest


Setup = Callable[[Wire], None]


def idle(_wire: Wire) -> None:
    """No edit."""


def writing(wire: Wire) -> None:
    """An edit has begun."""
    wire.ask(Begin(GOOD.header))


def verified(wire: Wire) -> None:
    """An edit waits for APPLY."""
    wire.stage(GOOD)
    wire.ask(Verify())


@pytest.mark.parametrize(
    ("setup", "kind", "payload", "wanted", "state"),
    [
        (idle, Kind.WRITE, bytes(5), 1, 0),
        (idle, Kind.VERIFY, b"", 1, 0),
        (idle, Kind.TRY, bytes(2), 2, 0),
        (idle, Kind.APPLY, bytes(8), 2, 0),
        (idle, Kind.COMMIT, bytes(10), 3, 0),
        (idle, Kind.CONFIRM, bytes(8), 4, 0),
        (writing, Kind.TRY, bytes(2), 2, 1),
        (writing, Kind.APPLY, bytes(8), 2, 1),
        (verified, Kind.COMMIT, bytes(10), 3, 2),
        (verified, Kind.CONFIRM, bytes(8), 4, 2),
        (verified, Kind.WRITE, bytes(5), 1, 2),
    ],
)
def test_a_step_out_of_turn_is_refused(  # noqa: PLR0913, PLR0917  # a row of the table has that many columns
    wire: Wire, setup: Setup, kind: int, payload: bytes, wanted: int, state: int
) -> None:
    """BAD_STATE names the state that is wanted and the one that is; the state stays."""
    setup(wire)
    before = wire.counters()
    assert wire.raw(kind, payload) == Refusal(Code.BAD_STATE, wanted, state)
    assert moved(before, wire.counters()) == {"bad_state": 1}
    assert wire.status().edit_state == state


def test_revert_knows_two_things(wire: Wire) -> None:
    """Anything else is refused."""
    assert wire.raw(Kind.REVERT, b"\x02" + bytes(8)) == Refusal(Code.BAD_FLAGS, 1, 2)
    assert wire.refusal(Revert(RevertWhat.BANK, b"\xaa" * 8)).code == Code.NOTHING_TO_REVERT
