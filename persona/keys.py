"""Options and files of keys that several commands share."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from persona.options import FILE

if TYPE_CHECKING:
    from toolchain.keys import DeviceKey

F = TypeVar("F", bound=Callable[..., Any])

fleet_key_option = click.option(
    "--fleet-key", "fleet_key_path", type=FILE, help="File of the fleet key, from which each device's key follows."
)


def device_key_options(function: F) -> F:
    """The options that name one device's key: a file that holds it, or the fleet key and an id."""
    key_file = click.option(
        "--key-file", type=FILE, help="File of this device's id and key, instead of --fleet-key and --device-id."
    )
    device_id = click.option(
        "--device-id", metavar="HEX", help="Id of the device, 16 hexadecimal digits. [random, with --fleet-key]"
    )
    return key_file(fleet_key_option(device_id(function)))


def device_key_from(key_file: Path | None, fleet_key_path: Path | None, device_id: str | None) -> DeviceKey | None:
    """The key that the options name; None where they name none.

    Raises:
        UsageError: options that contradict each other.
        KeyFileError: a file or an id that cannot be.
    """
    from toolchain.keys import DEVICE_ID_BYTES, DeviceKey, device_key, parse_device_id, read_device_key, read_fleet_key

    if key_file is not None:
        if fleet_key_path is not None or device_id is not None:
            raise click.UsageError("give either --key-file, or --fleet-key with or without --device-id")
        return read_device_key(key_file)
    if fleet_key_path is None:
        if device_id is not None:
            raise click.UsageError("--device-id says whose key is wanted; give --fleet-key, from which it follows")
        return None
    fleet_key = read_fleet_key(fleet_key_path)
    identity = secrets.token_bytes(DEVICE_ID_BYTES) if device_id is None else parse_device_id(device_id)
    return DeviceKey(identity, device_key(fleet_key, identity))
