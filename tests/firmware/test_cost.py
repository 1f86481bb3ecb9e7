"""What an edit costs in instructions on the emulated boards: the same on every run, to within a tick (40 instructions).

`pytest tests/firmware/test_cost.py -s` prints them.
"""

import shutil
import socket
from pathlib import Path

import pytest

from firmware_bridge.build import BENCH, DEVICE, compile_into
from firmware_bridge.build_settings import SIZE, SPEED, BuildSettings
from firmware_bridge.image import Image, inspect
from firmware_bridge.platforms import MPS2_AN385, MPS2_AN386, Platform
from hil.emulator import start
from tests.firmware.tiny_model import assemble

INSTRUCTIONS_PER_TICK = 40
STEPS = ["begin", "write", "verify", "apply"]
LINES = ["digest", *STEPS, *(f"signed_{step}" for step in STEPS), *(f"latent_{step}" for step in STEPS)]


@pytest.fixture(scope="module")
def wide_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with 1,042 adaptive parameters that computes nothing."""
    return assemble("wide_bundle", tmp_path_factory.mktemp("bundles"))


def build_for(platform: Platform, bundle: Path, work: Path, *, optimise: str, target: str) -> Image:
    """One program of the firmware, or a skip where the machine lacks a tool."""
    for program in (platform.compiler, "qemu-system-arm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    return inspect(
        compile_into(work, bundle, platform.preset, settings=BuildSettings(optimise=optimise), target=target), platform
    )


def steps_of(platform: Platform, bundle: Path, work: Path) -> dict[str, int]:
    """Instructions of each step of an edit of 1,042 floats at -O2: int8, the same signed, latent."""
    with start(build_for(platform, bundle, work, optimise=SPEED, target=BENCH)) as emulator:
        steps = _read_steps(emulator.url)
    print(f"\n{platform.name} -O2, instructions: {steps}")  # noqa: T201  # the figures of docs/firmware.md
    return steps


def _read_steps(url: str) -> dict[str, int]:
    """The lines that bench/edit.c writes, in instructions."""
    host, _, port = url.removeprefix("socket://").partition(":")
    with socket.create_connection((host, int(port)), 20) as line, line.makefile(errors="replace") as lines:
        line.sendall(b"!")
        ticks = dict(text.split() for text in iter(lines.readline, "end 0\n"))
    assert list(ticks) == LINES
    return {name: int(count) * INSTRUCTIONS_PER_TICK for name, count in ticks.items()}


def mac_of(cost: dict[str, int]) -> int:
    """What the MAC adds: its bytes are received, hashed and compared."""
    return sum(cost[f"signed_{step}"] - cost[step] for step in STEPS)


@pytest.mark.emulator
def test_an_edit_is_cheap_on_the_m4(wide_bundle: Path, tmp_path: Path) -> None:
    """Checking and applying 1,042 floats below 200,000 instructions without the MAC, by either codec."""
    cost = steps_of(MPS2_AN386, wide_bundle, tmp_path)
    print(f"the MAC of an int8 edit: {mac_of(cost)}")  # noqa: T201  # as above
    assert cost["digest"] < 110_000
    assert cost["begin"] + cost["verify"] + cost["apply"] < 200_000
    assert 15_000 < mac_of(cost) < 50_000
    assert cost["latent_begin"] + cost["latent_verify"] + cost["latent_apply"] < 500_000


@pytest.mark.emulator
def test_software_floating_point_is_affordable_on_the_m3(wide_bundle: Path, tmp_path: Path) -> None:
    """The same edit without a floating-point unit costs about twice as much."""
    cost = steps_of(MPS2_AN385, wide_bundle, tmp_path)
    assert sum(cost[step] for step in STEPS) < 400_000


@pytest.mark.parametrize(("optimise", "most"), [(SIZE, 12_000), (SPEED, 20_000)])
def test_the_core_is_small_on_the_m4(wide_bundle: Path, tmp_path: Path, optimise: str, most: int) -> None:
    """Built for size, all of it within 12 kB of flash; 3 kB of RAM besides banks and model."""
    image = build_for(MPS2_AN386, wide_bundle, tmp_path, optimise=optimise, target=DEVICE)
    core = image.shares["core"]
    ram_bytes = core.ram_bytes - sum(image.parts[name] for name in ("arena", "banks", "output", "context"))
    print(f"\n{MPS2_AN386.name} {optimise}: core flash {core.flash_bytes}, core RAM {ram_bytes}")  # noqa: T201  # as above
    assert core.flash_bytes < most
    assert ram_bytes < 3_000
