"""Keys: one fleet key with whoever makes edits, from which every device's own key follows (docs/security.md).

    fleet = read_fleet_key(Path("fleet.key"))
    key = device_key(fleet, device_id)

A fleet key's file holds one line of 64 hexadecimal digits. A device's file holds two: 16 digits of its id and 64 of its
key; that is what a firmware build takes as PERSONA_KEY_FILE. Both are written so that nobody else can read them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from toolchain.errors import ToolchainError

KEY_BYTES: Final = 32
DEVICE_ID_BYTES: Final = 8
MAC_BYTES: Final = 16
_PURPOSE: Final = b"persona device key 1"


class KeyFileError(ToolchainError):
    """A key, an id or a key file that cannot be."""


@dataclass(frozen=True)
class DeviceKey:
    """A device's id, 8 bytes, and its key, 32 bytes, which no message shows."""

    id: bytes
    key: bytes = field(repr=False)


def device_key(fleet_key: bytes, device_id: bytes) -> bytes:
    """The key of the device `device_id` (8 bytes, not all zero): BLAKE2s-256 (RFC 7693) keyed with the fleet key.

    Raises:
        KeyFileError: a key or an id of another length.
    """
    _require(fleet_key, KEY_BYTES, "a fleet key")
    _require(device_id, DEVICE_ID_BYTES, "a device id")
    if not any(device_id):
        raise KeyFileError("a device id of zeros means that a device has none", remedy="choose another id")
    return hashlib.blake2s(_PURPOSE + device_id, key=fleet_key).digest()


def mac(key: bytes, *parts: bytes) -> bytes:
    """Keyed BLAKE2s with a digest of 16 bytes over the concatenated `parts`.

    Raises:
        KeyFileError: the key has another length.
    """
    _require(key, KEY_BYTES, "a device key")
    return hashlib.blake2s(b"".join(parts), key=key, digest_size=MAC_BYTES).digest()


def same_mac(first: bytes, second: bytes) -> bool:
    """Compare in a time that does not tell where they differ."""
    return hmac.compare_digest(first, second)


def new_fleet_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def write_fleet_key(path: Path, key: bytes) -> None:
    """Write a new file for a fleet key; an older file is never overwritten.

    Raises:
        KeyFileError: there is such a file, or it cannot be written.
    """
    _require(key, KEY_BYTES, "a fleet key")
    _write(path, [key])


def read_fleet_key(path: Path) -> bytes:
    """The fleet key of a file.

    Raises:
        KeyFileError: the file is missing or holds something else.
    """
    return _read(path, "a fleet key", KEY_BYTES)[0]


def write_device_key(path: Path, key: DeviceKey) -> None:
    """Write a new file for one device's key; an older file is never overwritten.

    Raises:
        KeyFileError: there is such a file, or it cannot be written.
    """
    _require(key.id, DEVICE_ID_BYTES, "a device id")
    _require(key.key, KEY_BYTES, "a device key")
    _write(path, [key.id, key.key])


def read_device_key(path: Path) -> DeviceKey:
    """The device key of a file.

    Raises:
        KeyFileError: the file is missing or holds something else.
    """
    device_id, key = _read(path, "a device's key", DEVICE_ID_BYTES, KEY_BYTES)
    return DeviceKey(device_id, key)


def parse_device_id(text: str) -> bytes:
    """A device id from 16 hexadecimal digits.

    Raises:
        KeyFileError: something else.
    """
    found = _hex(text, DEVICE_ID_BYTES)
    if found is None or not any(found):
        raise KeyFileError("this is no device id", expected="16 hexadecimal digits, not all zero", received=repr(text))
    return found


def _require(value: bytes, size: int, what: str) -> None:
    if len(value) != size:
        raise KeyFileError(f"{what} has another length", expected=f"{size} bytes", received=f"{len(value)} bytes")


def _hex(text: str, size: int) -> bytes | None:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return None
    return value if len(value) == size and len(text) == 2 * size else None


def _write(path: Path, values: list[bytes]) -> None:
    text = "".join(f"{value.hex()}\n" for value in values)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
    except OSError as error:
        raise KeyFileError(
            f"cannot write the key file {path}",
            expected="a path where nothing is yet: keys are not overwritten",
            received=str(error),
            remedy="choose another path, or remove the file yourself",
        ) from error


def _read(path: Path, what: str, *sizes: int) -> list[bytes]:
    """The lines of a key file as bytes; messages never show what the file holds."""
    try:
        lines = path.read_text("ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"cannot read {what} from {path}", received=type(error).__name__) from error
    found = [_hex(line, size) for line, size in zip(lines, sizes, strict=False)]
    values = [value for value in found if value is not None]
    if len(lines) != len(sizes) or len(values) != len(sizes):
        raise KeyFileError(
            f"{path} does not hold {what}",
            expected="lines of " + " and ".join(str(2 * size) for size in sizes) + " hexadecimal digits",
            received=f"{len(lines)} lines that are not",
            remedy="name the right file, or write it again",
        )
    return values
