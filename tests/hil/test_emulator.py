"""Emulators: they answer at once, and each way to fail has a class of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.build import build
from firmware_bridge.client import open_device
from firmware_bridge.errors import BridgeError, NoReplyError
from firmware_bridge.image import Image
from firmware_bridge.platforms import PLATFORMS
from hil.emulator import BUFFERING, COMMANDS, Emulator, buffering, start
from hil.errors import CrashedError, HilError, MissingToolError, NoBootError
from hil.qemu import BUFFERED
from toolchain.bundle import Bundle
from toolchain.reference import Reference

ARM_BOARDS = [name for name in PLATFORMS if name != "posix"]


@pytest.fixture(scope="session", params=ARM_BOARDS)
def arm_image(request: pytest.FixtureRequest, small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The firmware of the small bundle for each emulated Arm board."""
    return build(small_bundle.path, PLATFORMS[request.param], tmp_path_factory.mktemp("arm"))


def test_every_platform_can_be_emulated() -> None:
    """No platform is built that nothing can start."""
    assert set(COMMANDS) == set(PLATFORMS)


@pytest.mark.emulator
def test_an_emulated_board_gives_the_golden_outputs(arm_image: Image, small_bundle: Bundle) -> None:
    """Started, greeted, and equal to the reference bit by bit; a second host is served after the first."""
    golden = small_bundle.golden
    with start(arm_image) as emulator:
        for _ in range(2):
            with emulator.device() as device:
                assert device.hello.platform == arm_image.platform.name
                for index in range(len(golden)):
                    assert device.infer(golden.input_bytes(index)).output == golden.output_bytes(index)


@pytest.mark.emulator
def test_ticks_are_the_same_on_every_run(arm_image: Image, small_bundle: Bundle) -> None:
    """`-icount` makes an instruction a nanosecond: two boots count the same, up to the phase of the first tick."""
    counts = []
    for _ in range(2):
        with start(arm_image) as emulator, emulator.device() as device:
            counts.append(device.infer(small_bundle.golden.input_bytes(0)).ticks)
    assert abs(counts[0] - counts[1]) <= 1
    assert min(counts) > 0


@pytest.mark.emulator
def test_a_buffer_before_the_uart_changes_no_byte_and_no_tick(arm_image: Image, small_bundle: Bundle) -> None:
    """Every byte value passes, none is lost or doubled, and an inference takes as long as without."""
    reference = Reference(small_bundle.model)
    windows = np.arange(-128, 128, dtype=np.int8).reshape(-1, 1, 8)
    with start(arm_image) as emulator, emulator.device() as device:
        unbuffered = device.infer(windows[0].tobytes()).ticks
    with start(arm_image, extra=buffering(arm_image.platform.name)) as emulator, emulator.device() as device:
        assert abs(device.infer(windows[0].tobytes()).ticks - unbuffered) <= 1
        # HELLO may have been repeated, and its second reply dropped.
        before = device.link.cost.retries, device.link.dropped.total()
        for window in windows:
            assert reference.run([window]).output_bytes == device.infer(window.tobytes()).output
        assert before == (device.link.cost.retries, device.link.dropped.total())


def test_only_a_uart_that_can_have_a_buffer_gets_one() -> None:
    """The arguments are QEMU's, and every board that they are for is emulated."""
    assert set(COMMANDS) > BUFFERING
    assert {()} == {buffering(board) for board in set(COMMANDS) - BUFFERING}
    assert {BUFFERED} == {buffering(board) for board in BUFFERING}


@pytest.mark.emulator
def test_a_board_that_faults_before_hello_did_not_boot(arm_image: Image, tmp_path: Path) -> None:
    """The failure shows what QEMU printed: the register dump of the lock-up."""
    source = tmp_path / "fault.s"
    # The reset handler jumps to an address that does not exist, and so does every fault handler.
    source.write_text(".section .text\n.word 0x20001000\n.rept 15\n.word 0xA0000001\n.endr\n")
    broken = tmp_path / "fault.elf"
    link = ["arm-none-eabi-gcc", "-nostdlib", "-Wl,-Ttext=0", "-Wl,-e0", "-o", str(broken), str(source)]
    subprocess.run(link, check=True, capture_output=True)
    with (
        pytest.raises(NoBootError, match="R15=") as raised,
        start(replace(arm_image, path=broken)) as emulator,
        emulator.device(),
    ):
        pass
    assert "exit code 134" in str(raised.value)


@pytest.mark.emulator
def test_an_image_that_is_none_did_not_boot(arm_image: Image, tmp_path: Path) -> None:
    """QEMU's own words are in the message."""
    nonsense = tmp_path / "nonsense.elf"
    with (
        pytest.raises(NoBootError, match=r"nonsense\.elf"),
        start(replace(arm_image, path=nonsense)) as emulator,
        emulator.device(),
    ):
        pass


def test_a_missing_emulator_names_its_package(
    small_image: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without QEMU on PATH the message says what to install and what works without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    image = replace(small_image, platform=PLATFORMS["mps2-an386"])
    with pytest.raises(MissingToolError, match="apt install qemu-system-arm"), start(image):
        pass


def test_a_board_without_emulator_is_refused(small_image: Image) -> None:
    """The message lists the boards that have one."""
    image = replace(small_image, platform=replace(small_image.platform, name="some-silicon"))
    with pytest.raises(HilError, match="mps2-an386"), start(image):
        pass


def test_a_process_that_is_no_device_did_not_boot(small_image: Image) -> None:
    """An end before HELLO shows exit code and output."""
    with (
        pytest.raises(NoBootError, match="exit code 64"),
        start(replace(small_image, path=_script(small_image, "echo usage; exit 64"))) as emulator,
        emulator.device(),
    ):
        pass


def test_an_image_that_cannot_be_run_did_not_boot(small_image: Image, tmp_path: Path) -> None:
    """The system's reason is in the message."""
    image = replace(small_image, path=tmp_path / "gone")
    with pytest.raises(NoBootError, match="gone"), start(image):
        pass


def _script(image: Image, text: str) -> Path:
    path = image.path.with_name("script.sh")
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def _status_after(running: Emulator, number: int) -> None:
    with running.device() as device:
        os.killpg(running.process.group, number)
        device.status()


def test_a_device_that_dies_after_hello_crashed(running: Emulator) -> None:
    """The same silence after HELLO is another failure."""
    with pytest.raises(CrashedError, match="exit code 139"):
        _status_after(running, signal.SIGSEGV)


def test_a_hung_device_is_neither_crashed_nor_unbooted(running: Emulator) -> None:
    """A device that still runs and does not answer gives NoReplyError."""
    with pytest.raises(NoReplyError, match="STATUS"):
        _status_after(running, signal.SIGSTOP)


def test_a_device_that_hangs_before_hello_did_not_boot(running: Emulator) -> None:
    """It runs, and it stays silent."""
    os.killpg(running.process.group, signal.SIGSTOP)
    with pytest.raises(NoBootError, match="still runs and stays silent"), running.device():
        pass


def test_an_error_of_the_caller_passes_through(running: Emulator) -> None:
    """What the block itself raises is not turned into a failure of the device."""
    with pytest.raises(BridgeError, match="on purpose"), running.device():
        raise BridgeError("on purpose")


def test_hosts_come_one_after_the_other(running: Emulator) -> None:
    """The device keeps its state between two connections."""
    with open_device(running.url) as device:
        first = device.status()
    with open_device(running.url) as device:
        assert device.status().counters[1] > first.counters[1]
