"""The same core on emulated Cortex-M: same bits, sound line, faults that are reported."""

import shutil
import struct
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from firmware_bridge.image import Image
from firmware_bridge.messages import Context, Hello, Infer, Read, Region
from hil.emulator import Emulator, start
from tests.firmware.conftest import wired
from tests.firmware.requests import EVERY_REQUEST, dropped
from tests.firmware.tiny_model import BASE, LAYOUT, PROTOTYPES, WINDOW, applied, embedding, output, some_edit
from tests.firmware.wire import Wire, moved
from toolchain.edit import Codec

pytestmark = pytest.mark.emulator

CLOCK_HZ = {
    "mps2-an386": 25_000_000,
    "mps2-an385": 25_000_000,
    "netduinoplus2": 168_000_000,
    "lm3s6965evb": 50_000_000,
}


@pytest.fixture(scope="module", params=CLOCK_HZ)
def board(request: pytest.FixtureRequest, arm_image: Callable[[str], Image]) -> Iterator[Emulator]:
    """A running board."""
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed (package qemu-system-arm)")
    with start(arm_image(request.param)) as emulator:
        with emulator.device():  # bytes that come before a UART is on may be lost; this asks again
            pass
        yield emulator


@pytest.fixture
def line(board: Emulator) -> Iterator[Wire]:
    """A line to the running board."""
    with wired(board) as wire:
        yield wire


def test_hello_names_the_board_and_its_clock(board: Emulator, line: Wire) -> None:
    """SysTick at the clock that the port has set up."""
    hello = line.ask(Hello())
    assert (hello.platform, hello.ticks_per_s) == (board.board, CLOCK_HZ[board.board])
    assert (hello.base, hello.layout) == (BASE, LAYOUT.fingerprint)


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.property("P24")
def test_edits_and_outputs_have_the_bits_of_the_reference(line: Wire, codec: Codec) -> None:
    """P24: float32 in hardware and in software, from BEGIN to the output of the new bank."""
    generator = np.random.default_rng(7)
    for prototype in range(len(PROTOTYPES)):
        edit = some_edit(line.status().counter + 1, codec=codec, prototype=prototype)
        line.deliver(edit)
        bank = applied(edit)
        assert line.ask(Read(Region.ACTIVE_BANK, 0, 500)).data == bank.tobytes()
        for _ in range(5):
            window = generator.integers(-128, 128, 8).astype(np.int8)
            assert line.ask(Infer(window.tobytes())).output == output(window, bank)


def test_the_context_comes_back(line: Wire) -> None:
    """Remembered on the board, read by the host."""
    line.ask(Context(forget=True))
    line.ask(Infer(WINDOW.tobytes(), remember=True))
    assert line.ask(Context()).data == embedding(WINDOW).tobytes()


def test_the_same_inference_takes_the_same_ticks(line: Wire) -> None:
    """Under -icount a tick is a fixed number of instructions; where in a tick an inference starts may cost one."""
    ticks = [line.ask(Infer(WINDOW.tobytes())).ticks for _ in range(10)]
    assert max(ticks) - min(ticks) <= 1
    assert min(ticks) > 0


def test_no_byte_is_lost_when_frames_come_without_a_pause(line: Wire) -> None:
    """More than the receive ring holds, while the device is busy: the line waits, nothing is dropped."""
    frames = [line.frame(Hello.KIND, b"") for _ in range(40)]
    before = line.status().named_counters
    line.send(b"".join(frame.pack() for frame in frames))
    assert [reply.seq for reply in line.receive(40)] == [frame.seq for frame in frames]
    change = moved(before, line.status().named_counters)
    assert change["rx_frames"] == 41
    assert not dropped(change)


@pytest.mark.property("P2")
def test_damaged_frames_are_dropped_and_counted(line: Wire) -> None:
    """P2 on the board: one bit flipped in each byte of each request."""
    before = line.counters()
    sent = 0
    for kind, payload in EVERY_REQUEST.values():
        body = line.frame(kind, payload).pack()[:-1]
        for i, byte in enumerate(body[:12]):
            flipped = byte ^ (1 << i % 8) or byte ^ 0xFF
            line.send(body[:i] + bytes([flipped]) + body[i + 1 :] + b"\0")
            sent += 1
    assert dropped(moved(before, line.counters())) == sent


def test_a_large_frame_comes_through(line: Wire) -> None:
    """As many bytes as the device takes, both ways."""
    assert line.raw(0x33, struct.pack("<128I", *range(128))).received == 0x33  # type: ignore[union-attr]
