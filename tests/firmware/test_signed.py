"""Who may change a device: the MAC, the key, and builds that take only signed edits (P17, P18)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.messages import (
    Apply,
    Begin,
    BeginReply,
    Code,
    EditState,
    Feature,
    Hello,
    Provision,
    Read,
    Refusal,
    Region,
    Verify,
    Write,
)
from hil.library import LibraryDevice, build_library
from tests.firmware.tiny_model import LAYOUT, PROTOTYPES, some_edit
from tests.firmware.wire import LibraryWire, Wire, moved
from toolchain.digest import bank_digest
from toolchain.edit import Codec
from toolchain.keys import DeviceKey

KEY = bytes(range(100, 132))
DEVICE_ID = b"device 7"
FACTORY = bank_digest(PROTOTYPES[0])


@pytest.fixture
def keyed(durable: LibraryWire) -> LibraryWire:
    """A device that has been provisioned."""
    durable.ask(Provision(DEVICE_ID, KEY))
    return durable


@pytest.fixture(scope="module")
def release_library(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A device that takes only signed edits, with its key built in."""
    settings = BuildSettings(release=True, key=DeviceKey(DEVICE_ID, KEY))
    return build_library(tiny_bundle, tmp_path_factory.mktemp("release"), settings)


@pytest.fixture
def release(release_library: Path) -> Iterator[LibraryWire]:
    """A line to it."""
    device = LibraryDevice(release_library)
    wire = LibraryWire(device)
    wire.reset()
    yield wire
    device.close()


@pytest.mark.property("P17")
def test_a_device_gets_its_key_once(durable: LibraryWire) -> None:
    """And keeps it over a reset; the second time is refused with its own code."""
    assert durable.ask(Hello()).device_id == bytes(8)
    assert durable.ask(Provision(DEVICE_ID, KEY)) == DEVICE_ID
    assert durable.refusal(Provision(b"another.", bytes(32))) == Refusal(Code.PROVISIONED, 0, 0)
    durable.reset()
    hello = durable.ask(Hello())
    assert hello.device_id == DEVICE_ID
    assert hello.features == Feature.HAS_KEY | Feature.HAS_STORAGE
    durable.deliver(some_edit(1).sign(KEY))


def test_a_device_without_storage_cannot_be_provisioned(wire: Wire) -> None:
    """NO_STORAGE; a signed edit is refused with NO_KEY before its first byte is staged."""
    assert wire.refusal(Provision(DEVICE_ID, KEY)) == Refusal(Code.NO_STORAGE, 0, 0)
    assert wire.refusal(Begin(some_edit(1).sign(KEY).header)) == Refusal(Code.NO_KEY, 0, 0)


@pytest.mark.property("P17")
@pytest.mark.parametrize("codec", Codec)
def test_a_signed_edit_goes_through_with_every_codec(keyed: LibraryWire, codec: Codec) -> None:
    """The MAC is staged beside the payload, which may fill the whole bank, and may come in any pieces."""
    edit = some_edit(1, codec=codec).sign(KEY)
    keyed.stage(edit, chunk=7)
    assert keyed.ask(Verify()) == edit.digest
    assert keyed.ask(Apply(FACTORY)).digest == edit.digest


@pytest.mark.property("P17")
@pytest.mark.parametrize("place", range(len(some_edit(5).sign(KEY).pack())))
def test_each_byte_of_a_signed_edit_is_covered(keyed: LibraryWire, place: int) -> None:
    """One bit anywhere, header, payload or MAC: refused, by the header's checks or by the MAC, and never acted on."""
    packed = bytearray(some_edit(5).sign(KEY).pack())
    packed[place] ^= 0x10 if place != 3 else 0x02
    header, body = bytes(packed[:36]), bytes(packed[36:])
    reply = keyed.raw(Begin.KIND, Begin(header, body).pack())
    if isinstance(reply, Refusal):
        assert place < 36
        return
    assert keyed.refusal(Verify()) == Refusal(Code.BAD_MAC, 0, 0)
    assert keyed.status().edit_state is EditState.IDLE
    assert keyed.status().active_digest == FACTORY


@pytest.mark.property("P17", "P19")
def test_the_mac_is_checked_before_the_payload_is_used(keyed: LibraryWire) -> None:
    """A payload that is out of bounds too is refused for its MAC; one counter moves."""
    edit = some_edit(1).sign(KEY)
    keyed.stage(replace(edit, payload=b"\x80" * LAYOUT.size))
    before = keyed.counters()
    assert keyed.refusal(Verify()) == Refusal(Code.BAD_MAC, 0, 0)
    assert moved(before, keyed.counters()) == {"bad_mac": 1}


@pytest.mark.property("P17")
def test_another_devices_edit_is_refused(keyed: LibraryWire) -> None:
    """Signed with another key."""
    keyed.stage(some_edit(1).sign(bytes(32)))
    assert keyed.refusal(Verify()).code == Code.BAD_MAC


def test_the_mac_counts_as_part_of_what_follows_the_header(keyed: LibraryWire) -> None:
    """BEGIN, WRITE and VERIFY count it; READ region 2 shows the payload alone."""
    edit = some_edit(1).sign(KEY)
    whole = len(edit.body)
    assert keyed.ask(Begin(edit.header, edit.body[:5])) == BeginReply(whole, 5)
    assert keyed.ask(Write(5, edit.body[5:20])) == 20
    assert keyed.refusal(Verify()) == Refusal(Code.EDIT_INCOMPLETE, whole, 20)
    assert keyed.ask(Read(Region.STAGED_PAYLOAD, 0, 100)).data == edit.payload
    assert keyed.refusal(Write(20, bytes(whole))) == Refusal(Code.BAD_OFFSET, whole, 20)
    assert keyed.ask(Write(20, edit.body[20:])) == whole
    assert keyed.ask(Verify()) == edit.digest


def test_begin_refuses_more_than_the_edit_has(durable: LibraryWire) -> None:
    """And what was in progress goes on."""
    durable.stage(some_edit(1))
    edit = some_edit(2)
    assert durable.refusal(Begin(edit.header, bytes(16))) == Refusal(Code.BAD_OFFSET, LAYOUT.size, 0)
    assert durable.ask(Verify()) == some_edit(1).digest


@pytest.mark.property("P18")
def test_a_release_build_takes_only_signed_edits(release: LibraryWire) -> None:
    """HELLO says so; the flags that are wanted are in the refusal."""
    hello = release.ask(Hello())
    assert hello.features == Feature.SIGNED_ONLY | Feature.HAS_KEY | Feature.HAS_STORAGE
    assert hello.device_id == DEVICE_ID
    assert release.refusal(Begin(some_edit(1).header)) == Refusal(Code.UNSIGNED, 1, 0)
    assert release.refusal(Begin(some_edit(1, durable=True).header)) == Refusal(Code.UNSIGNED, 3, 2)
    assert release.refusal(Provision(b"another.", bytes(32))) == Refusal(Code.PROVISIONED, 0, 0)
    release.deliver(some_edit(1).sign(KEY))
