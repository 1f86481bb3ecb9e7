"""Devices under test: built once a session, started anew for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_bridge.build import build, compile_into
from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.image import Image, inspect
from firmware_bridge.platforms import PLATFORMS, POSIX
from hil.emulator import Emulator, start
from hil.library import LibraryDevice, build_library
from tests.firmware.native import Native, build_native
from tests.firmware.tiny_model import assemble
from tests.firmware.wire import LibraryWire, Wire


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest model with everything the core looks at."""
    return assemble("tiny_bundle", tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def plain_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without adaptive parameters, with an output that fits no frame."""
    return assemble("plain_bundle", tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Native:
    """The core's pure functions."""
    return build_native(tmp_path_factory.mktemp("native"), tiny_bundle)


@pytest.fixture(scope="session")
def sanitized_image(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Image:
    """The tiny device for this machine, with AddressSanitizer and UndefinedBehaviorSanitizer, as fast as it can."""
    settings = BuildSettings(limits=False)
    return inspect(compile_into(tmp_path_factory.mktemp("asan"), tiny_bundle, "posix-asan", settings=settings), POSIX)


@pytest.fixture(scope="session")
def plain_image(tmp_path_factory: pytest.TempPathFactory, plain_bundle: Path) -> Image:
    """The plain device for this machine, with sanitizers."""
    return inspect(compile_into(tmp_path_factory.mktemp("asan-plain"), plain_bundle, "posix-asan"), POSIX)


@contextmanager
def wired(emulator: Emulator) -> Iterator[Wire]:
    """A line to a running device; a device that died says why."""
    wire = Wire(emulator.url)
    try:
        yield wire
    finally:
        wire.close()
        code = emulator.process.exit_code()
        assert code is None, f"the device ended with exit code {code}:\n{emulator.process.output_tail()}"


@pytest.fixture
def device(sanitized_image: Image) -> Iterator[Emulator]:
    """A tiny device that has just booted."""
    with start(sanitized_image) as emulator:
        yield emulator


@pytest.fixture
def wire(device: Emulator) -> Iterator[Wire]:
    """A line to a tiny device that has just booted."""
    with wired(device) as line:
        yield line


@pytest.fixture(scope="session")
def busy_wire(sanitized_image: Image) -> Iterator[Wire]:
    """A line to a tiny device that earlier tests have used: for what must hold in any state."""
    with start(sanitized_image) as emulator, wired(emulator) as line:
        yield line


@pytest.fixture
def plain_wire(plain_image: Image) -> Iterator[Wire]:
    """A line to a device without adaptive parameters."""
    with start(plain_image) as emulator, wired(emulator) as line:
        yield line


@pytest.fixture(scope="session")
def tiny_library(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Path:
    """The tiny device as a shared library, with all its limits."""
    return build_library(tiny_bundle, tmp_path_factory.mktemp("library"))


@pytest.fixture
def durable(tiny_library: Path) -> Iterator[LibraryWire]:
    """A line to a tiny device with a flash and a virtual clock, that has just booted."""
    device = LibraryDevice(tiny_library)
    wire = LibraryWire(device)
    wire.reset()
    yield wire
    assert device.violations == 0, "the core broke a rule of flash.h"
    device.close()


@pytest.fixture(scope="session")
def arm_image(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Callable[[str], Image]:
    """Builds the tiny device for an Arm board, once for each."""
    folder = tmp_path_factory.mktemp("arm")
    built: dict[str, Image] = {}

    def image_of(name: str) -> Image:
        platform = PLATFORMS[name]
        if shutil.which(platform.compiler) is None:
            pytest.skip(f"{platform.compiler} is not installed (package {platform.package})")
        if name not in built:
            built[name] = build(tiny_bundle, platform, folder)
        return built[name]

    return image_of
