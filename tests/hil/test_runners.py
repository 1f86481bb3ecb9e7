"""Runners: plans as values, gdb against an emulated board, argument parsers of the others."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.build import build
from firmware_bridge.errors import PortError
from firmware_bridge.image import Image
from firmware_bridge.platforms import PLATFORMS
from hil import runners
from hil.empty import empty
from hil.errors import FlashFailedError, HilError, MissingToolError, NoBootError
from hil.greeting import greeted
from hil.inventory.board import Board, emulated_boards
from hil.runners import boot_drive
from hil.runners.plan import Plan, Step
from hil.runners.program import Program, Segment, read_program
from hil.runners.registry import FLASHING, RUNNERS, runner_named
from hil.runners.shell import plan_of, run_step, runner_of
from hil.runners.uf2_format import to_uf2
from hil.station import Builder, opened
from hil.verdict import failed
from tests.hil.test_process import becomes
from tests.hil.tools import need
from toolchain.bundle import Bundle

ARM_BOARDS = [name for name in PLATFORMS if name != "posix"]
PARAMS = {
    "server": ("localhost:3333",),
    "target": ("cortex_m",),
    "config": ("interface/stlink.cfg", "target/stm32f4x.cfg"),
    "chip": ("esp32s3",),
    "drive": ("/media/drive",),
    "family": ("0xe48bff56",),
}
BENCH = Board(
    "bench-1", PLATFORMS["mps2-an386"], "gdb", "/dev/nope", probe_id="NONE", flash_timeout_s=20, runner_params=PARAMS
)
PROGRAM = Program(Path("/in/image.elf"), (Segment(0, b"code"), Segment(0x400, b"data!")))
WORK = Path("/work folder")


def planned(runner: str) -> Plan:
    """What `runner` would do on the bench."""
    return RUNNERS[runner].plan(replace(BENCH, runner=runner), PROGRAM, WORK)


def lines(runner: str) -> list[str]:
    """Its commands."""
    return [step.line for step in planned(runner).steps]


@pytest.fixture(scope="module", params=ARM_BOARDS)
def arm_image(request: pytest.FixtureRequest, small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The firmware of the small bundle for each emulated Arm board."""
    return build(small_bundle.path, PLATFORMS[request.param], tmp_path_factory.mktemp("arm"))


@pytest.fixture(scope="module")
def m4_image(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The firmware of the small bundle for the Cortex-M4F."""
    return build(small_bundle.path, PLATFORMS["mps2-an386"], tmp_path_factory.mktemp("m4"))


def said(step: Step) -> str:
    """What the real tool answers where no board is."""
    need(step.argv[0])
    with pytest.raises(FlashFailedError) as raised:
        run_step(BENCH, replace(step, deadline_s=60), "")
    return str(raised.value)


# Plans.


def test_gdb_loads_compares_resets_and_lets_go() -> None:
    """One session; its output must show a rate and a match, and no difference."""
    (step,) = planned("gdb").steps
    assert step.line == (
        "gdb-multiarch -nx -batch -ex 'set tcp auto-retry off' -ex 'target extended-remote localhost:3333' -ex load "
        "-ex compare-sections -ex 'monitor reset' -ex detach /in/image.elf"
    )
    assert (("Transfer rate", ": matched."), ("MIS-MATCHED", "Load failed")) == (step.require, step.refuse)


def test_openocd_programs_and_verifies() -> None:
    """The probe is chosen by its number, and no fixed port is served."""
    (line,) = lines("openocd")
    assert line == (
        "openocd -f interface/stlink.cfg -f target/stm32f4x.cfg -c 'gdb_port disabled' -c 'tcl_port disabled' "
        "-c 'telnet_port disabled' -c 'adapter serial {NONE}' -c 'program {/in/image.elf} verify reset exit'"
    )


def test_pyocd_writes_and_compares_each_segment() -> None:
    """The segments go along as files of their own."""
    plan = planned("pyocd")
    assert {"segment-0.bin": b"code", "segment-1.bin": b"data!"} == plan.files
    write, check = plan.steps
    assert "--no-reset" in write.argv
    assert "compare 0x400 '/work folder/segment-1.bin'" in check.argv
    assert ("All 4 bytes match", "All 5 bytes match") == check.require


def test_probe_rs_downloads_verifies_and_resets() -> None:
    """Three calls, each with chip and probe."""
    assert ["download", "verify", "reset"] == [step.argv[1] for step in planned("probe_rs").steps]
    assert all("--chip esp32s3 --probe NONE" in line for line in lines("probe_rs"))
    assert ("Verification successful",) == planned("probe_rs").steps[1].require


def test_esptool_converts_writes_and_verifies() -> None:
    """The chip is reset only after the comparison."""
    convert, write, check = lines("esptool")
    assert convert == "esptool --chip esp32s3 elf2image --output '/work folder/image.bin' /in/image.elf"
    assert "--port /dev/nope --baud 115200 --after no-reset write-flash 0x10000" in write
    assert "--after hard-reset verify-flash 0x10000 '/work folder/image.bin'" in check


def test_uf2_copies_one_file() -> None:
    """The blocks of the program, to the drive of the board's entry."""
    plan = planned("uf2")
    assert {"image.uf2": to_uf2(PROGRAM.segments, 0xE48BFF56)} == plan.files
    assert plan.steps[0].argv[1:] == ("-m", "hil.runners.boot_drive", "/work folder/image.uf2", "/media/drive")


@pytest.mark.parametrize("name", sorted(FLASHING))
def test_every_step_has_the_boards_deadline(name: str) -> None:
    """What `flash_timeout` says holds for each program."""
    steps = planned(name).steps
    assert [20.0] * len(steps) == [step.deadline_s for step in steps]


@pytest.mark.parametrize("name", sorted(FLASHING))
def test_a_missing_parameter_is_named(name: str) -> None:
    """With what it means, before anything runs."""
    board = replace(BENCH, runner=name, runner_params={})
    first = next(iter(FLASHING[name].needs))
    with pytest.raises(HilError, match=f"expected: {first}: "):
        runner_of(board)


def test_another_program_is_that_of_the_boards_own_runner(m4_image: Image) -> None:
    """`--runner` does not take the program of another tool."""
    board = replace(BENCH, runner_params={**PARAMS, "program": ("arm-none-eabi-gdb",)})
    assert plan_of(board, m4_image.path, WORK).steps[0].argv[0] == "arm-none-eabi-gdb"
    assert plan_of(board, m4_image.path, WORK, "openocd").steps[0].argv[0] == "openocd"


def test_an_unknown_runner_lists_the_known_ones() -> None:
    """All seven, and the one for processes."""
    with pytest.raises(HilError, match="gdb, pyocd, openocd, probe_rs, esptool, uf2, qemu, posix"):
        runner_named("jtag")


def test_an_emulated_board_is_not_flashed(m4_image: Image) -> None:
    """The message names what starts it."""
    with pytest.raises(HilError, match=r"hil\.emulator\.start"):
        runners.flash(emulated_boards()["mps2-an386"], m4_image)


# What is flashed.


@pytest.mark.emulator
def test_a_program_is_what_objcopy_makes_of_it(m4_image: Image, tmp_path: Path) -> None:
    """Each byte at the address that it is stored at, initial values of data included."""
    raw = tmp_path / "raw.bin"
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", str(m4_image.path), str(raw)], check=True)  # noqa: S607
    segments = read_program(m4_image.path).segments
    whole = bytearray(segments[-1].address + len(segments[-1].data))
    for segment in segments:
        whole[segment.address : segment.address + len(segment.data)] = segment.data
    assert raw.read_bytes() == bytes(whole)


def test_a_file_that_is_no_program_says_so(tmp_path: Path) -> None:
    """Text, and nothing at all."""
    path = tmp_path / "x.elf"
    path.write_text("no ELF")
    for wrong in (path, tmp_path / "gone.elf"):
        with pytest.raises(HilError, match="an ELF file"):
            read_program(wrong)


# A program that is not there.


@pytest.mark.parametrize("name", sorted(set(FLASHING) - {"uf2"}))
def test_a_missing_program_says_how_to_get_it(
    name: str, m4_image: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The package of pip or Debian, and no failure of the board."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(
        MissingToolError, match=r"what to do: install it.*(apt install|pip install|probe\.rs)"
    ) as raised:
        runners.flash(replace(BENCH, runner=name), m4_image)
    assert failed(raised.value) is None


# gdb, for real.


@pytest.fixture
def no_gdb_no_test() -> None:
    """Skips without gdb."""
    need("gdb-multiarch")


@pytest.mark.emulator
@pytest.mark.usefixtures("no_gdb_no_test")
def test_gdb_flashes_an_empty_board(arm_image: Image, small_bundle: Bundle) -> None:
    """Loaded, compared, reset, greeted, and its first output is the golden one."""
    commands: list[str] = []
    with empty(emulated_boards()[arm_image.platform.name]) as (board, emulator):
        runners.flash(board, arm_image, tell=commands.append)
        with emulator.device() as device:
            assert device.hello.platform == arm_image.platform.name
            golden = small_bundle.golden
            assert golden.output_bytes(0) == device.infer(golden.input_bytes(0)).output
    assert len(commands) == 1


@pytest.mark.emulator
@pytest.mark.usefixtures("no_gdb_no_test")
def test_a_section_that_differs_is_noticed(m4_image: Image) -> None:
    """One wrong byte between loading and comparing fails the flash."""
    with empty(emulated_boards()["mps2-an386"]) as (board, _):
        (honest,) = plan_of(board, m4_image.path, WORK).steps
        argv = list(honest.argv)
        place = argv.index("compare-sections") - 1
        argv[place:place] = ["-ex", "set {char}0x200 = ~*(char*)0x200"]
        with pytest.raises(FlashFailedError, match="it says 'MIS-MATCHED'"):
            run_step(board, replace(honest, argv=tuple(argv)), "")


@pytest.mark.emulator
@pytest.mark.usefixtures("no_gdb_no_test")
def test_a_gdb_server_that_is_not_there_fails_at_once(m4_image: Image) -> None:
    """The tail is gdb's own words."""
    board = replace(BENCH, runner_params={"server": ("127.0.0.1:1",)})
    with pytest.raises(FlashFailedError, match="Connection refused"):
        runners.flash(board, m4_image)


@pytest.mark.emulator
def test_an_empty_board_does_not_answer() -> None:
    """It waits for gdb; whoever greets it instead learns that it did not boot."""
    with (
        empty(emulated_boards()["mps2-an386"]) as (board, _),
        pytest.raises(NoBootError, match="HELLO"),
        greeted(board),
    ):
        pass


@pytest.mark.emulator
@pytest.mark.usefixtures("no_gdb_no_test")
def test_a_station_flashes_a_board_of_the_bench(small_bundle: Bundle, tmp_path: Path) -> None:
    """`opened` takes `flash` as it is, greets the board on its port, and keeps what went over the line."""
    with empty(emulated_boards()["mps2-an386"]) as (board, _):
        with opened(board, Builder(small_bundle), tmp_path, flash=runners.flash) as station:
            assert station.device.hello.base == small_bundle.base
        assert (tmp_path / "rx.bin").stat().st_size > 0


@pytest.mark.emulator
def test_a_station_that_is_not_flashed_did_not_boot(small_bundle: Bundle) -> None:
    """Silence before HELLO is NO_BOOT, also on a board of the bench."""
    with (
        empty(emulated_boards()["mps2-an386"]) as (board, _),
        pytest.raises(NoBootError, match="HELLO"),
        opened(board, Builder(small_bundle)),
    ):
        pass


def test_a_port_that_does_not_come_back_is_named() -> None:
    """After its deadline, with the entry to correct."""
    waits: list[float] = []
    with pytest.raises(PortError, match=r"boards\.yaml"), greeted(BENCH, port_s=0, wait=waits.append):
        pass


# The arguments of the other tools, as their own parsers see them.


def test_openocd_understands_its_arguments() -> None:
    """It reads its files and commands and misses only the adapter."""
    message = said(planned("openocd").steps[0])
    assert "OpenOCD init failed" in message
    assert not any(word in message for word in ("invalid command", "usage", "Can't find", "unrecognized option"))


def test_openocd_takes_the_whole_program_command(tmp_path: Path) -> None:
    """With its dummy adapter it comes as far as the reset of a target, which is not there."""
    config = tmp_path / "dummy.cfg"
    config.write_text("adapter driver dummy\ntransport select jtag\n")
    board = replace(BENCH, runner_params={**PARAMS, "config": (str(config),)})
    assert "Unable to reset target" in said(RUNNERS["openocd"].plan(board, PROGRAM, WORK).steps[0])


@pytest.mark.parametrize("index", [0, 1])
def test_pyocd_understands_its_arguments(index: int, m4_image: Image) -> None:
    """It looks for the probe and finds none."""
    steps = RUNNERS["pyocd"].plan(BENCH, read_program(m4_image.path), WORK).steps
    message = said(steps[index])
    assert "No connected debug probe matches unique ID 'NONE'" in message
    assert "usage:" not in message


@pytest.mark.parametrize("index", [1, 2])
def test_esptool_understands_its_arguments(index: int, m4_image: Image, tmp_path: Path) -> None:
    """It looks for the port and finds none."""
    (tmp_path / "image.bin").write_bytes(bytes(16))
    steps = RUNNERS["esptool"].plan(BENCH, read_program(m4_image.path), tmp_path).steps
    message = said(steps[index])
    assert "Could not open /dev/nope" in message
    assert "Usage:" not in message


def test_esptool_converts_only_espressifs_programs(m4_image: Image, tmp_path: Path) -> None:
    """The conversion is understood, and refuses the Arm image by its machine."""
    message = said(RUNNERS["esptool"].plan(BENCH, read_program(m4_image.path), tmp_path).steps[0])
    assert "does not appear to be an Xtensa or an RISCV ELF image" in message


def test_probe_rs_understands_its_arguments() -> None:
    """It looks for the probe and finds none."""
    board = replace(BENCH, probe_id="0483:374b:NONE", runner_params={"chip": ("STM32F405RGTx",)})
    for tried in RUNNERS["probe_rs"].plan(board, PROGRAM, WORK).steps:
        message = said(tried)
        assert "probe" in message
        assert "unexpected argument" not in message


# The boot drive.


def test_uf2_waits_until_the_board_has_left_its_drive(m4_image: Image, tmp_path: Path) -> None:
    """The copy is whole, and flashing ends when the drive goes away."""
    drive = tmp_path / "drive"
    drive.mkdir()
    (drive / boot_drive.INFO).write_text("UF2 Bootloader v3.0\n")
    board = replace(BENCH, runner="uf2", runner_params={**PARAMS, "drive": (str(drive),)})
    expected = to_uf2(read_program(m4_image.path).segments, 0xE48BFF56)

    def boot_loader() -> None:
        copied = drive / "image.uf2"
        assert becomes(lambda: copied.exists() and copied.read_bytes() == expected)
        (drive / boot_drive.INFO).unlink()

    loader = threading.Thread(target=boot_loader)
    loader.start()
    runners.flash(board, m4_image)
    loader.join(30)
    assert expected == (drive / "image.uf2").read_bytes()


def test_uf2_fails_where_the_board_does_not_restart(m4_image: Image, tmp_path: Path) -> None:
    """A drive that stays has not taken the image; one that is none is refused."""
    board = replace(BENCH, runner="uf2", runner_params={**PARAMS, "drive": (str(tmp_path),)}, flash_timeout_s=1.0)
    with pytest.raises(FlashFailedError, match=r"expected a boot drive with INFO_UF2\.TXT"):
        runners.flash(board, m4_image)
    (tmp_path / boot_drive.INFO).write_text("")
    with pytest.raises(FlashFailedError, match="no end within 1 s"):
        runners.flash(board, m4_image)


def test_nothing_is_left_in_the_temporary_folder(
    m4_image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a failure."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(FlashFailedError):
        runners.flash(replace(BENCH, runner="uf2"), m4_image)
    assert list(tmp_path.iterdir()) == []
