"""SUMMARY and WATCH, against toolchain/statistics.py."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firmware_bridge.messages import Code, Context, Infer, Kind, Refusal, Summary, Watch
from tests.firmware.tiny_model import embedding, some_edit
from tests.firmware.wire import LibraryWire, Wire
from toolchain.statistics import drift, reference_of, summarise

CAPACITY = 32
WINDOWS = hnp.arrays(np.int8, st.tuples(st.integers(1, 70), st.just(8)))
EXTREMES = hnp.arrays(np.int8, st.tuples(st.integers(33, 70), st.just(8)), elements=st.sampled_from([-128, 127, 0]))


def remember(wire: Wire, windows: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Let the device see `windows`; gives the embeddings that it holds of them."""
    for window in windows:
        wire.ask(Infer(window.tobytes(), remember=True))
    return np.array([embedding(window) for window in windows[-CAPACITY:]], np.int8)


@settings(deadline=None, max_examples=50)
@given(windows=WINDOWS | EXTREMES)
def test_a_summary_has_the_numbers_of_the_reference(busy_wire: Wire, windows: npt.NDArray[np.int8]) -> None:
    """Kept up to date while embeddings come and old ones make room."""
    busy_wire.ask(Context(forget=True))
    held = remember(busy_wire, windows)
    reply, expected = busy_wire.ask(Summary()), summarise(held)
    assert reply.held == expected.held
    assert reply.means == expected.mean.tobytes()
    assert reply.spreads == expected.spread.tobytes()


@settings(deadline=None, max_examples=50)
@given(before=WINDOWS | EXTREMES, after=WINDOWS | EXTREMES)
def test_the_drift_is_that_of_the_reference(
    busy_wire: Wire, before: npt.NDArray[np.int8], after: npt.NDArray[np.int8]
) -> None:
    """Of one context against another, both of any size."""
    busy_wire.ask(Context(forget=True))
    anchor = reference_of(remember(busy_wire, before))
    busy_wire.ask(Watch(anchor=True))
    busy_wire.ask(Context(forget=True))
    assert busy_wire.ask(Watch()).drift == 0
    assert busy_wire.ask(Watch()).held == 0
    assert drift(remember(busy_wire, after), anchor) == busy_wire.ask(Watch()).drift


def windows_of(seed: int, count: int, shift: int = 0) -> npt.NDArray[np.int8]:
    """Random windows around `shift`."""
    return np.random.default_rng(seed).integers(-40 + shift, 40 + shift, (count, 8)).astype(np.int8)


def test_the_first_full_context_becomes_the_reference(durable: LibraryWire) -> None:
    """Where the model has none: no drift before, and the last embedding that fills the ring counts."""
    anchor = remember(durable, windows_of(1, CAPACITY - 1))
    remember(durable, windows_of(2, 1))
    anchor = np.array([embedding(w) for w in [*windows_of(1, CAPACITY - 1), *windows_of(2, 1)]], np.int8)
    assert durable.ask(Watch()).drift == 0
    held = remember(durable, windows_of(3, CAPACITY, 30))
    assert durable.ask(Watch()).drift == drift(held, reference_of(anchor)) > 256


def test_an_edit_moves_the_reference(durable: LibraryWire) -> None:
    """To the context at that time; an empty one leaves none, and the next full one becomes it."""
    remember(durable, windows_of(1, CAPACITY))
    remember(durable, windows_of(2, CAPACITY, 50))
    assert durable.ask(Watch()).drift > 1000
    durable.deliver(some_edit(1))
    assert durable.ask(Watch()).drift == 0
    durable.ask(Context(forget=True))
    durable.deliver(some_edit(2))
    remember(durable, windows_of(3, 5))
    assert durable.ask(Watch()).drift == 0


def test_watch_tells_what_a_loop_wants_to_know(durable: LibraryWire) -> None:
    """Serial, generation, counter and state in one reply."""
    remember(durable, windows_of(1, 3))
    durable.deliver(some_edit(4))
    reply = durable.ask(Watch())
    assert (reply.held, reply.serial, reply.generation, reply.counter) == (3, 3, 1, 4)
    assert durable.raw(Kind.WATCH, b"\x02") == Refusal(Code.BAD_FLAGS, 1, 2)


def test_a_summary_may_start_at_any_dimension(durable: LibraryWire) -> None:
    """Behind the last one it is empty, further it is refused; of nothing it is empty."""
    assert durable.ask(Summary()).means == b""
    remember(durable, windows_of(1, 3))
    whole = durable.ask(Summary())
    assert durable.ask(Summary(3)).means == whole.means[3:]
    assert durable.ask(Summary(4)).means == b""
    assert durable.refusal(Summary(5)) == Refusal(Code.BAD_OFFSET, 4, 5)


def test_a_device_without_embeddings_has_no_summary(plain_wire: Wire) -> None:
    """And never drifts."""
    assert plain_wire.ask(Summary()).held == 0
    assert plain_wire.ask(Watch(anchor=True)).drift == 0


@pytest.mark.parametrize("size", [1, 3])
def test_a_summary_wants_no_argument_or_one(durable: LibraryWire, size: int) -> None:
    """BAD_LENGTH names the least."""
    assert durable.raw(Kind.SUMMARY, bytes(size)) == Refusal(Code.BAD_LENGTH, 0, size)
