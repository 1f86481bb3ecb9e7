"""Keys of fleets and devices, and the files that hold them."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.keys import (
    DeviceKey,
    KeyFileError,
    device_key,
    mac,
    new_fleet_key,
    parse_device_id,
    read_device_key,
    read_fleet_key,
    same_mac,
    write_device_key,
    write_fleet_key,
)

FLEET = bytes(range(32))
IDS = st.binary(min_size=8, max_size=8).filter(any)


@pytest.mark.property("P17")
@given(IDS, IDS)
def test_each_device_has_a_key_of_its_own(first: bytes, second: bytes) -> None:
    """BLAKE2s-256 of purpose and id under the fleet key; different for different ids and fleets."""
    expected = hashlib.blake2s(b"persona device key 1" + first, key=FLEET, digest_size=32).digest()
    assert expected == device_key(FLEET, first)
    assert (first == second) == (device_key(FLEET, first) == device_key(FLEET, second))
    assert device_key(FLEET, first) != device_key(FLEET[::-1], first)


def test_a_known_key_stays_as_it_is() -> None:
    """Frozen, so that a later release still signs for devices that are out there."""
    expected = "67ac46ccae66d569dac7621d654e9c83e00bf97aaa61f699ee8aea72fcdc7466"
    assert expected == device_key(FLEET, bytes(range(1, 9))).hex()


def test_a_mac_is_keyed_blake2s_of_16_bytes() -> None:
    """Over all parts as one."""
    expected = hashlib.blake2s(b"header payload", key=FLEET, digest_size=16).digest()
    assert expected == mac(FLEET, b"header ", b"payload")
    assert same_mac(expected, mac(FLEET, b"header payload"))
    assert not same_mac(expected, bytes(16))


def test_key_files_are_read_back_and_closed_to_others(tmp_path: Path) -> None:
    """One line for a fleet, two for a device."""
    key = DeviceKey(bytes(range(8)), FLEET)
    write_fleet_key(tmp_path / "fleet.key", FLEET)
    write_device_key(tmp_path / "device.key", key)
    assert read_fleet_key(tmp_path / "fleet.key") == FLEET
    assert read_device_key(tmp_path / "device.key") == key
    assert (tmp_path / "device.key").read_text() == f"{key.id.hex()}\n{key.key.hex()}\n"
    for name in ("fleet.key", "device.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """The file that is there stays as it is."""
    write_fleet_key(tmp_path / "fleet.key", FLEET)
    with pytest.raises(KeyFileError, match="not overwritten"):
        write_fleet_key(tmp_path / "fleet.key", bytes(32))
    assert read_fleet_key(tmp_path / "fleet.key") == FLEET


@pytest.mark.parametrize(
    "content",
    [b"", b"00\n", b"zz" * 32, FLEET.hex().encode() + b"\n00", b"\xff" * 64, b" ".join([b"00"] * 32), FLEET],
)
def test_files_that_hold_no_fleet_key_are_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, short, no digits, too much, no text; the message does not show what the file holds."""
    path = tmp_path / "fleet.key"
    path.write_bytes(content)
    with pytest.raises(KeyFileError) as caught:
        read_fleet_key(path)
    assert FLEET.hex() not in str(caught.value)


def test_a_missing_file_and_swapped_files_are_refused(tmp_path: Path) -> None:
    """A device's file is no fleet's."""
    write_device_key(tmp_path / "device.key", DeviceKey(bytes(range(8)), FLEET))
    write_fleet_key(tmp_path / "fleet.key", FLEET)
    for read, name in ((read_fleet_key, "none"), (read_fleet_key, "device.key"), (read_device_key, "fleet.key")):
        with pytest.raises(KeyFileError):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("key", "device_id"), [(FLEET[:31], bytes([1] * 8)), (FLEET, bytes([1] * 7)), (FLEET, bytes(8))]
)
def test_keys_and_ids_that_cannot_be_are_refused(key: bytes, device_id: bytes) -> None:
    """Other lengths, and the id of zeros, with which a device says that it has none."""
    with pytest.raises(KeyFileError):
        device_key(key, device_id)


def test_device_ids_are_read_from_hexadecimal_digits() -> None:
    """16 of them, not all zero."""
    assert parse_device_id("0102030405060708") == bytes(range(1, 9))
    for text in ("", "01", "0" * 16, "0102030405060x08", "01 02 03 04 05 06"):
        with pytest.raises(KeyFileError, match="device id"):
            parse_device_id(text)


def test_new_keys_differ_and_are_not_shown() -> None:
    """32 bytes; the repr of a device's key hides it."""
    first, second = new_fleet_key(), new_fleet_key()
    assert len(first) == 32
    assert first != second
    assert FLEET.hex() not in repr(DeviceKey(bytes(8), FLEET))
    assert str(FLEET) not in repr(DeviceKey(bytes(8), FLEET))
