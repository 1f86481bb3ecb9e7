"""A device that hangs is reset, and one that hangs on probation comes back with the bank it had before."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from firmware_bridge.build import build
from firmware_bridge.image import Image
from firmware_bridge.messages import LOG_KIND, Boot, Confirm, Infer, Kind
from firmware_bridge.platforms import PLATFORMS
from tests.firmware.board_program import build_program, run_program
from tests.firmware.resettable import Board, resettable
from tests.firmware.settling import commit, settle
from tests.firmware.tiny_model import assemble
from tests.firmware.wire import Wire
from toolchain.edit import Edit, encode_edit
from toolchain.layout import Layout

pytestmark = pytest.mark.emulator

CMSDK: Final = {
    "mps2-an385": ("mps2/mps2.ld", 0x2040_0000),
    "mps2-an386": ("mps2/mps2.ld", 0x2040_0000),
    "mps2-an500": ("mps2/mps2.ld", 0x2040_0000),
    "mps2-an505": ("mps2-an505/mps2-an505.ld", 0x3840_0000),
    "mps3-an547": ("mps3-an547/mps3-an547.ld", 0x3008_0000),
}
"""Linker script and end of RAM of each board with this watchdog."""

PORTS: Final = {
    "netduinoplus2": (("netduinoplus2.c", "bringup.c", "stm32_iwdg.c"), ("stm32_usart.c",), "-DRAM_END=0x20020000u"),
    "lm3s6965evb": (
        ("lm3s6965evb.c", "bringup.c"),
        ("pl011_uart.c", "cmsdk_watchdog.c"),
        "-DRAM_END=0x20010000u",
        "-DMASKED_TOO",
    ),
}
"""Ports whose watchdog cannot be stopped: their files, those that they share, and options. QEMU lacks the STM32's
independent watchdog, so there only SysTick's interrupt bites."""

LAYOUT: Final = Layout.of({"patience": (1,)}, {"patience": 1.0})
"""hanging_bundle: one parameter, -0.5 at the factory; positive, the model never comes back."""

FASTER: Final = 10
"""An instruction takes 1,024 virtual nanoseconds: the eight seconds of the watchdog are 8 million instructions."""


@pytest.mark.parametrize("name", CMSDK)
def test_the_cmsdk_watchdog_waits_reports_and_resets(name: str, tmp_path: Path) -> None:
    """Kicked or stopped it is quiet, and locked; late, NMI resets; where NMI hangs too, the second count does."""
    script, end = CMSDK[name]
    drivers = ["cortex_m/cmsdk_watchdog.c", "cortex_m/systick.c"]
    program = build_program("watchdog", PLATFORMS[name], drivers, script, tmp_path, f"-DRAM_END={end:#x}u")
    assert run_program(program, name) == 0


@pytest.mark.parametrize("name", PORTS)
def test_a_watchdog_that_cannot_be_stopped_is_quiet_until_the_main_loop_is_late(name: str, tmp_path: Path) -> None:
    """Kicked or told to stop it does nothing; late, the device resets, on the LM3S6965 with interrupts masked too."""
    own, shared, *options = PORTS[name]
    drivers = [f"{name}/{file}" for file in own]
    drivers += [f"cortex_m/{file}" for file in (*shared, "receive_ring.c", "systick.c")]
    options.append(f'-DPERSONA_PLATFORM_NAME="{name}"')
    program = build_program("port_watchdog", PLATFORMS[name], drivers, f"{name}/{name}.ld", tmp_path, *options)
    assert run_program(program, name, shift=FASTER) == 0


@pytest.fixture(scope="module", params=["microbit", "mps2-an386"])
def hanging_image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The firmware of a model that hangs as its adaptive parameter asks, for the boards with storage."""
    platform = PLATFORMS[request.param]
    if shutil.which(platform.compiler) is None:
        pytest.skip(f"{platform.compiler} is not installed (package {platform.package})")
    folder = tmp_path_factory.mktemp("hanging")
    return build(assemble("hanging_bundle", folder), platform, folder)


@pytest.fixture
def board(hanging_image: Image) -> Iterator[Board]:
    """It runs, its virtual clock fast."""
    with resettable(hanging_image, shift=FASTER) as board:
        yield board


@pytest.fixture
def line(board: Board) -> Iterator[Wire]:
    """A line to it."""
    wire = Wire(board.emulator.url)
    yield wire
    wire.close()


def edit_of(patience: float, counter: int) -> Edit:
    """An edit that makes the parameter `patience`."""
    return encode_edit(
        np.array([patience + 0.5], np.float32),
        layout=LAYOUT,
        base=bytes(range(8, 0, -1)),
        prototypes=np.array([[-0.5]], np.float32),
        prototype=0,
        counter=counter,
    )


@pytest.mark.property("P15")
def test_a_device_that_hangs_on_probation_comes_back_with_the_old_bank(board: Board, line: Wire) -> None:
    """It says that the watchdog bit, resets, drops the edit, and serves; what was confirmed before is there."""
    confirmed = settle(line, edit_of(-0.25, 1))
    bad = commit(line, edit_of(0.25, 2))
    assert line.status().active_digest == bad.digest
    line.send(line.frame(Kind.INFER, Infer(b"x").pack()).pack())
    (log,) = line.receive()
    assert log.kind == LOG_KIND
    assert log.payload.decode().startswith(("the watchdog bit", "fault 00000002 at pc"))
    board.wait_for_reset()
    status = line.status()
    assert (status.boot, status.active_digest, status.confirmed_counter) == (Boot.DROPPED, confirmed.digest, 1)
    assert line.ask(Infer(b"x")).output == b"x"


def test_a_device_that_serves_is_left_alone(line: Wire) -> None:
    """On probation for longer than the watchdog waits, and after it: no reset."""
    good = commit(line, edit_of(-0.25, 1))
    while line.status().probation_ms > 40_000:
        pass
    line.ask(Confirm(good.digest))
    assert line.ask(Infer(b"x")).output == b"x"
    assert line.status().boot == Boot.FACTORY
