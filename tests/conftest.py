"""What all tests share: where data is, and what happens when the emulators are missing."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from firmware_bridge import build
from firmware_bridge.instructions import OBJDUMP, foreign_instructions

# Two threads wait for each other on two cores, and what is trained here is small. Before anybody loads torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Machines are noisy: no example fails for the time it took. `make test` draws the same examples each time, so that it
# fails for the change that it looks at; plain pytest, `make properties` and `make test EXAMPLES=random` draw new ones.
settings.register_profile("random", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fixed", settings.get_profile("random"), derandomize=True)
settings.load_profile("random")

pytest_plugins = ("tests.device_fixtures", "tests.properties", "pytester")

EMULATOR_PROGRAMS = ("qemu-system-arm", "arm-none-eabi-gcc")


def pytest_configure() -> None:
    """Take Ctrl-C: a shell lets what it starts in the background ignore it, and tests tell what it does."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the emulator tier with a reason where its programs are missing; CI demands it instead."""
    missing = [program for program in EMULATOR_PROGRAMS if shutil.which(program) is None]
    if not missing:
        return
    if os.environ.get("PERSONA_REQUIRE_EMULATORS"):
        pytest.exit(f"the emulator tests must run, but {', '.join(missing)} is missing: run `make test`", 1)
    for item in items:
        if item.get_closest_marker("emulator"):
            item.add_marker(pytest.mark.skip(reason=f"{', '.join(missing)} is not installed"))


@pytest.fixture(scope="session", autouse=True)
def every_image_is_native() -> Iterator[None]:
    """Hold every Arm image that any test builds to the instructions that its processor has."""
    honest = build.run

    def run_and_look(command: Sequence[str], purpose: str, **options: Any) -> None:
        honest(command, purpose, **options)
        if "--build" in command and shutil.which(OBJDUMP) is not None:
            for path in Path(command[command.index("--build") + 1]).glob("*.elf"):
                assert foreign_instructions(path) == []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "run", run_and_look)
        yield


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets and models that PERSONA_DATA names."""
    named = os.environ.get("PERSONA_DATA")
    if not named:
        pytest.skip("PERSONA_DATA is not set: it names the folder with real data sets and models")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"PERSONA_DATA names {folder}, which is no folder")
    return folder
