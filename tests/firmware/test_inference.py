"""INFER, LOAD, READ and CONTEXT."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firmware_bridge.messages import Code, Context, Infer, Kind, Load, Read, Refusal, Region
from tests.firmware.tiny_model import INPUT_BYTES, PROTOTYPES, WINDOW, embedding, output, some_edit
from tests.firmware.wire import Wire, moved
from toolchain.digest import bank_digest, fingerprint

WINDOWS = hnp.arrays(np.int8, INPUT_BYTES)
CAPACITY = 32


@given(window=WINDOWS)
@pytest.mark.property("P24")
def test_an_output_is_that_of_the_reference_to_the_bit(busy_wire: Wire, window: npt.NDArray[np.int8]) -> None:
    """P24: for any input, whichever bank is active."""
    bank = np.frombuffer(busy_wire.ask(Read(Region.ACTIVE_BANK, 0, 500)).data, "<f4")
    reply = busy_wire.ask(Infer(window.tobytes()))
    assert reply.output == output(window, bank)


@pytest.mark.property("P24")
def test_an_inference_says_which_bank_made_it(wire: Wire) -> None:
    """P24: bank, generation and ticks come with the output."""
    first = wire.ask(Infer(WINDOW.tobytes()))
    wire.deliver(some_edit(1))
    second = wire.ask(Infer(WINDOW.tobytes()))
    assert (first.bank, first.generation, second.bank, second.generation) == (0, 0, 1, 1)
    assert first.output == output(WINDOW, PROTOTYPES[0])
    assert second.output != first.output


def test_an_input_may_come_in_pieces_and_pieces_again(wire: Wire) -> None:
    """LOAD is by absolute offset: a piece sent twice changes nothing, one out of order is refused."""
    data = WINDOW.tobytes()
    assert wire.ask(Load(0, data[:5])) == 5
    assert wire.refusal(Load(6, data[6:])) == Refusal(Code.BAD_OFFSET, 5, 6)
    assert wire.refusal(Infer()) == Refusal(Code.INPUT_INCOMPLETE, INPUT_BYTES, 5)
    assert wire.ask(Load(5, data[5:])) == INPUT_BYTES
    assert wire.ask(Load(2, data[2:4])) == INPUT_BYTES
    assert wire.ask(Infer()).output == output(WINDOW, PROTOTYPES[0])


def test_an_inference_uses_its_input_up(wire: Wire) -> None:
    """The next one wants an input of its own."""
    wire.ask(Load(0, WINDOW.tobytes()))
    wire.ask(Infer())
    assert wire.refusal(Infer()) == Refusal(Code.INPUT_INCOMPLETE, INPUT_BYTES, 0)


def test_offset_zero_starts_a_new_input(wire: Wire) -> None:
    """What was there of an earlier input does not complete it."""
    wire.ask(Load(0, WINDOW.tobytes()))
    assert wire.ask(Load(0, b"12")) == 2


@pytest.mark.parametrize(("offset", "size"), [(0, 9), (0, 508), (4, 5), (8, 1)])
def test_an_input_cannot_leave_its_bounds(wire: Wire, offset: int, size: int) -> None:
    """Whatever would be written behind the input is refused as a whole."""
    wire.ask(Load(0, WINDOW.tobytes()))
    assert wire.refusal(Load(offset, bytes(size))) == Refusal(Code.BAD_OFFSET, INPUT_BYTES, offset)
    assert wire.ask(Infer()).output == output(WINDOW, PROTOTYPES[0])


@pytest.mark.parametrize("offset", [9, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_an_offset_beyond_any_input_is_refused(wire: Wire, offset: int) -> None:
    """No sum of offset and length wraps round."""
    wire.ask(Load(0, WINDOW.tobytes()))
    assert wire.refusal(Load(offset, bytes(4))) == Refusal(Code.BAD_OFFSET, INPUT_BYTES, offset)


@pytest.mark.parametrize("size", [0, 1, 7, 9, 511])
def test_an_input_that_comes_with_infer_has_its_exact_length(wire: Wire, size: int) -> None:
    """BAD_LENGTH counts the flags' byte."""
    payload = b"\x02" + bytes(size)
    assert wire.raw(Kind.INFER, payload) == Refusal(Code.BAD_LENGTH, 1 + INPUT_BYTES, len(payload))


def test_unknown_flags_are_refused(wire: Wire) -> None:
    """A wish that the device does not know is never ignored."""
    before = wire.counters()
    assert wire.raw(Kind.INFER, b"\x06" + WINDOW.tobytes()) == Refusal(Code.BAD_FLAGS, 11, 6)
    assert wire.raw(Kind.CONTEXT, b"\x02\0\0") == Refusal(Code.BAD_FLAGS, 1, 2)
    assert moved(before, wire.counters()) == {"bad_flags": 2}


def test_several_inputs_and_a_long_output(plain_wire: Wire) -> None:
    """Inputs lie one after the other in graph order; an output too long for a frame is read as region 3."""
    small, large = bytes([1, 2, 3]), bytes(i % 251 for i in range(600))
    data = small + large
    for offset in range(0, len(data), 500):
        plain_wire.ask(Load(offset, data[offset : offset + 500]))
    reply = plain_wire.ask(Infer())
    assert (reply.output_bytes, reply.output) == (603, b"")
    pieces = [plain_wire.ask(Read(Region.OUTPUT, offset, 500)) for offset in (0, 500)]
    expected = large[::-1] + bytes([2, 3, 4])
    assert b"".join(piece.data for piece in pieces) == expected
    assert {piece.digest for piece in pieces} == {fingerprint(expected)}


def test_a_model_with_a_memory_starts_afresh_and_a_replay_is_no_inference(plain_wire: Wire) -> None:
    """What it keeps is set at boot and moves on with each inference, not with a repeated request."""
    for number in (1, 2, 3):
        for offset in (0, 500):
            plain_wire.ask(Load(offset, bytes(603)[offset : offset + 500]))
        frame = plain_wire.frame(Kind.INFER, Infer().pack())
        plain_wire.exchange(frame)
        plain_wire.exchange(frame)
        assert plain_wire.ask(Read(Region.OUTPUT, 600, 3)).data == bytes([number] * 3)


def test_a_memory_is_forgotten_on_demand_and_not_by_a_refused_inference(plain_wire: Wire) -> None:
    """The flag starts anew before the inference; without a complete input there is none, and nothing is forgotten."""

    def run(*, forget: bool) -> bytes:
        for offset in (0, 500):
            plain_wire.ask(Load(offset, bytes(603)[offset : offset + 500]))
        plain_wire.ask(Infer(forget=forget))
        return plain_wire.ask(Read(Region.OUTPUT, 600, 1)).data

    assert [b"\1", b"\2", b"\1", b"\2"] == [run(forget=forget) for forget in (False, False, True, False)]
    assert plain_wire.refusal(Infer(forget=True)) == Refusal(Code.INPUT_INCOMPLETE, 603, 0)
    assert run(forget=False) == b"\3"


def test_a_model_without_a_memory_has_nothing_to_forget(wire: Wire) -> None:
    """The flag is refused, not ignored."""
    assert wire.refusal(Infer(forget=True)) == Refusal(Code.BAD_FLAGS, 11, 4)


def test_the_output_stays_readable_while_the_next_input_is_loaded(wire: Wire) -> None:
    """Region 3 is the output of the last inference, not whatever the arena holds."""
    first = wire.ask(Infer(WINDOW.tobytes())).output
    wire.ask(Load(0, bytes(INPUT_BYTES)))
    assert wire.ask(Read(Region.OUTPUT, 0, 100)).data == first


@pytest.mark.property("P23")
def test_read_gives_pieces_and_the_digest_of_the_whole(wire: Wire) -> None:
    """P23: any offset; nothing at the end; more than is there is shortened."""
    bank = PROTOTYPES[0].astype("<f4").tobytes()
    for region in (Region.ACTIVE_BANK, Region.OTHER_BANK):
        for offset, length in ((0, 60), (0, 500), (7, 11), (59, 1), (60, 1), (60, 0)):
            reply = wire.ask(Read(region, offset, length))
            assert reply.data == bank[offset : offset + length]
            assert reply.digest == bank_digest(PROTOTYPES[0])


def test_read_refuses_what_is_not_there(wire: Wire) -> None:
    """A region that does not exist, an offset behind the end, a payload that nobody stages."""
    before = wire.counters()
    assert wire.raw(Kind.READ, b"\x05" + bytes(6)) == Refusal(Code.BAD_REGION, 5, 5)
    assert wire.refusal(Read(Region.ACTIVE_BANK, 61, 1)) == Refusal(Code.BAD_OFFSET, 60, 61)
    assert wire.refusal(Read(Region.STAGED_PAYLOAD, 0, 1)) == Refusal(Code.BAD_STATE, 1, 0)
    assert moved(before, wire.counters()) == {"bad_region": 1, "bad_offset": 1, "bad_state": 1}


@settings(max_examples=10, deadline=None)
@given(windows=st.lists(WINDOWS, min_size=1, max_size=80), first=st.integers(0, CAPACITY))
def test_the_context_holds_the_latest_embeddings(
    busy_wire: Wire, windows: list[npt.NDArray[np.int8]], first: int
) -> None:
    """From the oldest to the newest; what does not fit the ring was the oldest; `serial` counts them all."""
    busy_wire.ask(Context(forget=True))
    serial = busy_wire.ask(Context()).serial
    for window in windows:
        busy_wire.ask(Infer(window.tobytes(), remember=True))
    latest = windows[-CAPACITY:]
    start = min(first, len(latest))
    reply = busy_wire.ask(Context(start))
    assert (reply.held, reply.first, reply.count) == (len(latest), start, len(latest) - start)
    assert reply.serial == serial + len(windows)
    assert reply.data == b"".join(embedding(window).tobytes() for window in latest[start:])


def test_only_inferences_that_are_to_be_remembered_are(wire: Wire) -> None:
    """The flag decides."""
    wire.ask(Infer(WINDOW.tobytes()))
    assert wire.ask(Context()).held == 0
    assert wire.refusal(Context(1)) == Refusal(Code.BAD_OFFSET, 0, 1)


def test_forgetting_empties_the_ring_after_the_reply(wire: Wire) -> None:
    """The reply still holds everything, and `serial` goes on."""
    wire.ask(Infer(WINDOW.tobytes(), remember=True))
    assert wire.ask(Context(forget=True)).count == 1
    reply = wire.ask(Context())
    assert (reply.held, reply.serial) == (0, 1)


def test_forgetting_what_was_not_all_read_is_refused(wire: Wire) -> None:
    """Nothing is forgotten that the host has not seen."""
    for _ in range(2):
        wire.ask(Infer(WINDOW.tobytes(), remember=True))
    assert wire.refusal(Context(1, forget=True)).code == Code.BAD_LENGTH
    assert wire.ask(Context()).held == 2


def test_a_device_without_embeddings_does_not_pretend_to_remember(plain_wire: Wire) -> None:
    """The flag is refused, the context is empty."""
    assert plain_wire.refusal(Infer(bytes(500), remember=True)) == Refusal(Code.BAD_FLAGS, 14, 3)
    assert plain_wire.ask(Context()).held == 0
