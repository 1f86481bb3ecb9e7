"""A whole device in this process: its clock, its power, its flash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.client import Device
from firmware_bridge.errors import NoReplyError
from firmware_bridge.link import Link
from firmware_bridge.messages import Boot, EditState
from hil.errors import HilError, PowerLostError
from hil.flash_faults import Cut, FlashSizes
from hil.library import LibraryDevice, LibraryTransport, build_library
from toolchain.bundle import Bundle
from toolchain.edit import Edit, encode_edit


@pytest.fixture(scope="module")
def library(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small device."""
    return build_library(small_bundle.path, tmp_path_factory.mktemp("library"))


@pytest.fixture
def unit(library: Path) -> Iterator[LibraryDevice]:
    """A device that has just been switched on."""
    device = LibraryDevice(library)
    assert device.boot() is None
    yield device
    device.close()


def client(unit: LibraryDevice) -> Device:
    """A host on its line."""
    return Device(Link(LibraryTransport(unit), clock=unit.clock))


def edit_for(device: Device, bundle: Bundle, *, durable: bool) -> Edit:
    """A small edit."""
    return encode_edit(
        np.full(bundle.layout.size, 0.001, np.float32),
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=0,
        counter=device.counter + 1,
        durable=durable,
    )


@pytest.mark.property("P22")
def test_what_apply_made_is_gone_after_a_reset(unit: LibraryDevice, small_bundle: Bundle) -> None:
    """And what was confirmed stays."""
    device = client(unit)
    kept = edit_for(device, small_bundle, durable=True)
    device.commit_edit(kept)
    device.confirm()
    device.send_edit(edit_for(device, small_bundle, durable=False))
    assert unit.boot() is None
    status = client(unit).status()
    assert (status.boot, status.counter, status.active_digest) == (Boot.RESTORED, kept.counter, kept.digest)


@pytest.mark.property("P15")
def test_a_probation_runs_out_in_virtual_time(unit: LibraryDevice, small_bundle: Bundle) -> None:
    """Ten seconds pass in no time."""
    device = client(unit)
    before = device.status().active_digest
    device.commit_edit(edit_for(device, small_bundle, durable=True), seconds=10)
    unit.advance(9.5)
    assert device.status().edit_state is EditState.PROBATION
    unit.advance(1.0)
    status = device.status()
    assert (status.edit_state, status.active_digest) == (EditState.IDLE, before)


def test_waiting_for_a_reply_that_does_not_come_costs_virtual_time_only(unit: LibraryDevice) -> None:
    """The patience of the host passes on the device's clock."""

    class Deaf(LibraryTransport):
        def write(self, data: bytes) -> None:
            pass

    with pytest.raises(NoReplyError):
        Device(Link(Deaf(unit), clock=unit.clock))
    assert unit.clock() > 0.5


def test_after_a_cut_the_device_is_off_until_it_boots(unit: LibraryDevice, small_bundle: Bundle) -> None:
    """Nothing answers, time goes by unheeded."""
    device = client(unit)
    unit.cut_after(0, Cut.BEFORE)
    with pytest.raises(PowerLostError):
        device.commit_edit(edit_for(device, small_bundle, durable=True))
    with pytest.raises(PowerLostError, match="off"):
        unit.feed(b"\0")
    with pytest.raises(PowerLostError):
        unit.advance(1.0)
    unit.heal()
    assert unit.boot() is None
    assert client(unit).status().boot is Boot.FACTORY


def test_a_flash_that_is_too_large_or_an_image_that_does_not_fit_is_refused(library: Path) -> None:
    """The numbers are in the message."""
    with pytest.raises(HilError, match="1048576"):
        LibraryDevice(library, FlashSizes(sector=4096, sectors=257))
    device = LibraryDevice(library)
    with pytest.raises(HilError, match="65536"):
        device.flash = b""
    device.close()


def test_without_sectors_there_is_no_storage(library: Path) -> None:
    """HELLO says so."""
    device = LibraryDevice(library, FlashSizes(sectors=0))
    assert device.boot() is None
    assert client(device).hello.journal_version == 0
    device.close()
