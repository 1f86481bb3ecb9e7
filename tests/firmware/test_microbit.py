"""The micro:bit: 16 KB of RAM, no instruction but Armv6-M's, a flash of its own that survives a reset."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.build import build, compile_into
from firmware_bridge.image import Image
from firmware_bridge.messages import (
    Boot,
    Code,
    Commit,
    Hello,
    Infer,
    Kind,
    Provision,
    Read,
    Region,
    Revert,
    RevertWhat,
    Try,
)
from firmware_bridge.platforms import MICROBIT
from hil import qemu
from hil.emulator import start
from tests.firmware.board_program import build_program, run_program
from tests.firmware.resettable import Board, resettable
from tests.firmware.settling import apply, commit, settle, stage
from tests.firmware.test_instructions import DSP, FLOATING, disassembly
from tests.firmware.test_stack import Calls, read_calls
from tests.firmware.tiny_model import BASE, LATENT, LAYOUT, PROTOTYPES, WINDOW, assemble, output, some_edit
from tests.firmware.wire import Wire
from toolchain.edit import Codec, apply_edit

FLASH_END = 0x3A400
"""Where the storage begins (firmware/ports/microbit/board.h)."""
LIBRARIES = 128
"""Bytes of stack for the compiler's own functions, whose frames are unknown: division and float32 in software."""
EXCEPTION_FRAME = 40
"""Eight registers and up to two words of alignment (Armv6-M Architecture Reference Manual, B1.5.6)."""

# Thumb-2 of Armv7-M that Armv6-M lacks: wide forms, IT blocks, compare and branch, division, bit fields, saturation.
NOT_ARMV6M = re.compile(
    r"\t(\w+\.w|it[te]{0,3}|cbn?z|[us]div|ml[as]|[us]mull|[us]mlal|bfi|bfc|[us]bfx|[us]sat|clz|rbit|mov[wt]|tb[bh]|orn"
    r"|ldrex\w*|strex\w*|ldrd|strd|addw|subw|teq)(\s|$)"
)


@pytest.fixture(scope="module")
def image(arm_image: Callable[[str], Image]) -> Image:
    """The tiny device for the micro:bit."""
    return arm_image("microbit")


@pytest.fixture
def board(image: Image) -> Iterator[Board]:
    """A micro:bit that has just been switched on, its storage blank."""
    with resettable(image) as board:
        yield board


@pytest.fixture
def line(board: Board) -> Iterator[Wire]:
    """A line to it."""
    wire = Wire(board.emulator.url)
    yield wire
    wire.close()


def test_the_image_leaves_room_in_flash_and_ram(image: Image) -> None:
    """16 KB hold everything, stack included; the storage's pages hold nothing."""
    assert image.ram_bytes <= 16 * 1024
    assert image.parts["stack"] == 1536
    assert image.flash_bytes <= FLASH_END == MICROBIT.flash_bytes
    assert all(section.address + section.size <= FLASH_END for section in image.sections if not section.in_ram)


def test_the_image_holds_no_instruction_that_a_cortex_m0_lacks(image: Image, arm_image: Callable[[str], Image]) -> None:
    """In our code and in the libraries': QEMU's Cortex-M0 faults on most of them, silicon on all."""
    text = disassembly(image)
    assert "\tldr" in text, "the listing is not empty"
    assert NOT_ARMV6M.search(disassembly(arm_image("mps2-an385"))), "the pattern finds a Cortex-M3's"
    for unknown in (NOT_ARMV6M, DSP, FLOATING):
        found = unknown.search(text)
        assert found is None, found


def test_the_stack_holds_the_deepest_chain_of_calls_and_an_interrupt(image: Image, calls: Calls) -> None:
    """From main through a request's handler to the flash driver, with the deepest interrupt on top."""
    interrupt = next(name for name in calls.frame if name.endswith(":interrupt"))
    deepest = calls.deepest("main") + EXCEPTION_FRAME + calls.deepest(interrupt) + LIBRARIES
    assert 600 < deepest <= image.parts["stack"]


@pytest.fixture(scope="module")
def calls(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """Who calls whom; each call through a pointer goes to what its pointers can be."""
    if shutil.which(MICROBIT.compiler) is None:
        pytest.skip(f"{MICROBIT.compiler} is not installed (package {MICROBIT.package})")
    work = tmp_path_factory.mktemp("stack")
    compile_into(work, tiny_bundle, MICROBIT.preset)
    calls = read_calls(work.rglob("*.ci"))
    handlers = {name for name in calls.frame if name.startswith("persona_handle_")}
    models = {name for name in calls.frame if name.endswith(":invoke")}
    drivers = {name for name in calls.frame if "nrf_nvmc.c:" in name}
    assert handlers
    assert models
    assert len(drivers) >= 4
    for name, callees in calls.callees.items():
        if "__indirect_call" in callees:
            callees.remove("__indirect_call")
            if name == "persona_session_answer":
                callees.update(handlers)
            elif "runner" in name:
                callees.update(models)
            elif name not in models:  # whose pointer is the trace, a leaf
                callees.update(drivers)
    return calls


@pytest.mark.emulator
@pytest.mark.parametrize("how", [b"b", b"u", b"s"])
def test_a_fault_is_reported_and_ends_the_emulator(faulty_image: Image, how: bytes) -> None:
    """A bad address, an undefined instruction, a stack that ran over: Armv6-M has one exception for all, HardFault."""
    with start(faulty_image) as emulator:
        wire = Wire(emulator.url)
        wire.send(wire.frame(Kind.INFER, Infer(how).pack()).pack())
        (log,) = wire.receive()
        wire.close()
        code = emulator.process.exit_code(10)
    assert code == 103
    words = log.payload.decode().split()
    assert words[:4] == ["fault", "00000003", "at", "pc"]
    assert words[5] == "lr"
    assert (int(words[4], 16) > 0) == (how != b"s")


@pytest.fixture(scope="module")
def faulty_image(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A model that fails as its input asks."""
    if shutil.which(qemu.PROGRAM) is None:
        pytest.skip(f"{qemu.PROGRAM} is not installed (package {qemu.PACKAGE})")
    folder = tmp_path_factory.mktemp("faulty")
    return build(assemble("faulty_bundle", folder), image.platform, folder)


@pytest.mark.emulator
def test_the_flash_controller_is_driven_as_the_manual_says(tmp_path: Path) -> None:
    """A page is erased alone and to 0xFF, bits only fall, nothing outside is touched, a reset keeps it all.

    And the clock never goes back.
    """
    drivers = ["microbit/nrf_nvmc.c", "microbit/nrf_timer.c"]
    program = build_program("nvmc", MICROBIT, drivers, "microbit/microbit.ld", tmp_path)
    assert run_program(program, "microbit") == 0


@pytest.mark.emulator
def test_hello_names_the_board_its_clock_and_its_storage(line: Wire) -> None:
    """TIMER0 at 16 MHz."""
    hello = line.ask(Hello())
    assert (hello.platform, hello.ticks_per_s, hello.max_payload) == ("microbit", 16_000_000, 256)
    assert (hello.base, hello.layout) == (BASE, LAYOUT.fingerprint)
    assert hello.has_storage


@pytest.mark.emulator
@pytest.mark.property("P24")
@pytest.mark.parametrize("codec", list(Codec))
def test_edits_and_outputs_have_the_bits_of_the_reference(line: Wire, codec: Codec) -> None:
    """float32 in software on a core that knows no unaligned access."""
    generator = np.random.default_rng(7)
    for prototype in range(len(PROTOTYPES)):
        edit = some_edit(line.status().counter + 1, codec=codec, prototype=prototype)
        apply(line, edit)
        bank = apply_edit(edit, layout=LAYOUT, base=BASE, prototypes=PROTOTYPES, latent=LATENT)
        assert line.ask(Read(Region.ACTIVE_BANK, 0, 500)).data == bank.tobytes()
        for _ in range(5):
            window = generator.integers(-128, 128, 8).astype(np.int8)
            assert line.ask(Infer(window.tobytes())).output == output(window, bank)


@pytest.mark.emulator
def test_no_byte_is_lost_when_frames_come_without_a_pause(line: Wire) -> None:
    """More than the receive ring and the UART's six bytes hold, while the device is busy: the line waits."""
    frames = [line.frame(Hello.KIND, b"") for _ in range(40)]
    line.send(b"".join(frame.pack() for frame in frames))
    assert [reply.seq for reply in line.receive(40)] == [frame.seq for frame in frames]


@pytest.mark.emulator
def test_the_same_inference_takes_the_same_ticks(line: Wire) -> None:
    """Under -icount a tick is 62.5 instructions; where in a tick an inference starts may cost one."""
    ticks = [line.ask(Infer(WINDOW.tobytes())).ticks for _ in range(10)]
    assert max(ticks) - min(ticks) <= 1
    assert min(ticks) > 0


@pytest.mark.emulator
@pytest.mark.property("P22")
def test_a_confirmed_edit_survives_a_reset_and_an_applied_one_does_not(board: Board, line: Wire) -> None:
    """What CONFIRM settled comes back with its counter; APPLY was in RAM."""
    durable = settle(line, some_edit(5))
    apply(line, some_edit(6))
    board.reset()
    status = line.status()
    assert (status.boot, status.active_digest, status.confirmed_digest) == (
        Boot.RESTORED,
        durable.digest,
        durable.digest,
    )
    assert (status.counter, status.confirmed_counter) == (5, 5)
    bank = apply_edit(durable, layout=LAYOUT, base=BASE, prototypes=PROTOTYPES)
    assert line.ask(Infer(WINDOW.tobytes())).output == output(WINDOW, bank)


@pytest.mark.emulator
@pytest.mark.property("P15")
def test_an_edit_on_probation_is_gone_after_a_reset(board: Board, line: Wire) -> None:
    """First back to the factory's bank, then back to the one that was confirmed before; the next edit is taken."""
    factory = line.status().active_digest
    unconfirmed = commit(line, some_edit(5))
    assert line.status().active_digest == unconfirmed.digest
    board.reset()
    status = line.status()
    assert (status.boot, status.active_digest, status.confirmed_counter) == (Boot.DROPPED, factory, 0)
    confirmed = settle(line, some_edit(6))
    commit(line, some_edit(7))
    board.reset()
    status = line.status()
    assert (status.boot, status.active_digest, status.confirmed_counter) == (Boot.DROPPED, confirmed.digest, 6)
    board.reset()
    assert line.status().boot == Boot.RESTORED, "the dropped one is gone for good"


@pytest.mark.emulator
@pytest.mark.property("P14")
def test_the_two_slots_take_turns(board: Board, line: Wire) -> None:
    """Five confirmed edits, each restored: more than there are slots."""
    for counter in range(1, 6):
        durable = settle(line, some_edit(counter))
        board.reset()
        assert line.status().active_digest == durable.digest


@pytest.mark.emulator
def test_reverting_on_probation_brings_the_old_bank_back(line: Wire) -> None:
    """Without a reset."""
    factory = line.status().active_digest
    commit(line, some_edit(5))
    line.ask(Revert(RevertWhat.UNSETTLED))
    assert line.status().active_digest == factory


@pytest.mark.emulator
def test_a_key_is_provisioned_once_and_survives_a_reset(board: Board, line: Wire) -> None:
    """In the first page of the storage."""
    line.ask(Provision(b"microbit", bytes(range(32))))
    board.reset()
    hello = line.ask(Hello())
    assert hello.has_key
    assert hello.device_id == b"microbit"
    assert line.refusal(Provision(b"another!", bytes(32))).code == Code.PROVISIONED


@pytest.mark.emulator
def test_commit_wants_the_edit_tried(line: Wire) -> None:
    """And a durable one: the same state machine as on any board."""
    edit = some_edit(5)
    stage(line, edit)
    line.ask(Try())
    assert line.refusal(Commit(line.status().active_digest)).code == Code.WRONG_VERB
