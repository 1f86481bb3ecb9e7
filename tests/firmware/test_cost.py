"""What an edit costs in instructions on the emulated boards: exact numbers, the same on every run.

`pytest tests/firmware/test_cost.py -s` prints them.
"""

import shutil
import socket
from collections.abc import Callable

import pytest

from firmware_bridge.build import BENCH, compile_into
from firmware_bridge.image import inspect
from firmware_bridge.platforms import MPS2_AN385, MPS2_AN386, Platform
from hil.emulator import start
from tests.firmware.tiny_model import assemble

INSTRUCTIONS_PER_TICK = 40
STEPS = ["digest", "begin", "write", "verify", "commit"]
Measure = Callable[[Platform, str], dict[str, int]]


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Measure:
    """Instructions of each step of an int8 edit of 1,400 floats, and the core's flash and RAM."""
    bundle = assemble("wide_bundle", tmp_path_factory.mktemp("bundles"))

    def of(platform: Platform, optimise: str) -> dict[str, int]:
        for program in (platform.compiler, "qemu-system-arm"):
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed")
        work = tmp_path_factory.mktemp("bench")
        elf = compile_into(work, bundle, platform.preset, optimise=optimise, target=BENCH)
        with start(inspect(elf, platform)) as emulator:
            steps = _read_steps(emulator.url)
        core = inspect(compile_into(work, bundle, platform.preset, optimise=optimise), platform)
        of_model = ("arena", "banks", "output", "context")
        steps["core flash"] = core.shares["core"].flash_bytes
        steps["core RAM"] = core.shares["core"].ram_bytes - sum(core.parts[name] for name in of_model)
        print(f"\n{platform.name} {optimise}: {steps}")  # noqa: T201  # the figures of docs/firmware.md
        return steps

    return of


def _read_steps(url: str) -> dict[str, int]:
    """The lines that bench/edit.c writes, in instructions."""
    host, _, port = url.removeprefix("socket://").partition(":")
    with socket.create_connection((host, int(port)), 20) as line, line.makefile(errors="replace") as lines:
        line.sendall(b"!")
        ticks = dict(text.split() for text in iter(lines.readline, "end 0\n"))
    assert list(ticks) == STEPS
    return {name: int(count) * INSTRUCTIONS_PER_TICK for name, count in ticks.items()}


@pytest.mark.emulator
def test_an_edit_is_cheap_on_the_m4(measure: Measure) -> None:
    """At -O2: a digest of 5.6 kB below 160,000 instructions, checking and applying below 200,000."""
    cost = measure(MPS2_AN386, "-O2")
    assert cost["digest"] < 160_000
    assert cost["verify"] + cost["commit"] + cost["begin"] < 200_000
    assert sum(cost[name] for name in STEPS[1:]) < 260_000


@pytest.mark.emulator
def test_the_core_is_small_on_the_m4(measure: Measure) -> None:
    """At -Os: room is left in 12 kB of flash and 3 kB of RAM for what is to come."""
    cost = measure(MPS2_AN386, "-Os")
    assert cost["core flash"] < 8_000
    assert cost["core RAM"] < 1_500


@pytest.mark.emulator
def test_software_floating_point_is_affordable_on_the_m3(measure: Measure) -> None:
    """The same edit without a floating-point unit costs about twice as much."""
    assert sum(measure(MPS2_AN385, "-O2")[name] for name in STEPS[1:]) < 500_000
