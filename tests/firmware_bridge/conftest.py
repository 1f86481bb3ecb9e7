"""Devices inside this process, with a flash, a virtual clock and a reset button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.client import Device
from firmware_bridge.link import Link
from hil.library import LibraryDevice, LibraryTransport, build_library
from toolchain.bundle import Bundle
from toolchain.keys import DeviceKey, device_key

FLEET_KEY = bytes(range(32))
DEVICE_ID = bytes.fromhex("00000000000000a1")
KEY = DeviceKey(DEVICE_ID, device_key(FLEET_KEY, DEVICE_ID))


@dataclass(frozen=True)
class Bench:
    """A device on the bench: `chip` is the device itself, `client` a host that has greeted it."""

    chip: LibraryDevice
    client: Device

    def greet(self) -> Bench:
        """Another host at the same device."""
        return Bench(self.chip, Device(Link(LibraryTransport(self.chip), clock=self.chip.clock)))

    def reset(self) -> Bench:
        """Press reset and greet the device again."""
        assert self.chip.boot() is None
        return self.greet()


@pytest.fixture(scope="session")
def small_library(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The development build of the small bundle, without a key."""
    return build_library(small_bundle.path, tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def release_library(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release build of the small bundle: it takes only signed edits, and waits for its key."""
    return build_library(small_bundle.path, tmp_path_factory.mktemp("release"), BuildSettings(release=True))


@pytest.fixture
def switch_on() -> Iterator[Callable[[Path], Bench]]:
    """Boots a library with an erased flash and greets it."""
    chips: list[LibraryDevice] = []

    def boot(library: Path) -> Bench:
        chips.append(LibraryDevice(library))
        assert chips[-1].boot() is None
        return Bench(chips[-1], Device(Link(LibraryTransport(chips[-1]), clock=chips[-1].clock)))

    yield boot
    for chip in chips:
        chip.close()


@pytest.fixture
def bench(switch_on: Callable[[Path], Bench], small_library: Path) -> Bench:
    """A development build that has just booted."""
    return switch_on(small_library)


@pytest.fixture
def release(switch_on: Callable[[Path], Bench], release_library: Path) -> Bench:
    """A release build that has just booted, without a key."""
    return switch_on(release_library)
