"""`persona provision`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.help import Command
from persona.keys import device_key_from, device_key_options
from persona.options import FILE, port_options
from persona.output import Output, json_option


@click.command("provision", cls=Command, short_help="Give a device its id and key, once; or make a fleet key.")
@port_options(required=False)
@device_key_options
@click.option("--new-fleet-key", type=FILE, help="Make a fleet key and write it to this new file.")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    port: str | None,
    baud: int,
    key_file: Path | None,
    fleet_key_path: Path | None,
    device_id: str | None,
    new_fleet_key: Path | None,
    json_target: str | None,
) -> None:
    """Give the device at a port the key with which it checks edits.

    A device takes a key once and keeps it in its flash; one without flash gets it at build time (persona build
    --fleet-key). The key follows from the fleet key and the device's id, so that only the fleet key must be kept, and
    kept secret. It travels in the clear: provision over a cable of your own, never over a network.

    Examples:
        persona provision --new-fleet-key fleet.key
        persona provision --port /dev/ttyACM0 --fleet-key fleet.key --device-id 00000000000000a1
    """
    output = Output(json_target)
    if port is None and new_fleet_key is None:
        raise click.UsageError("give --port, so that a device is provisioned, or --new-fleet-key")
    if new_fleet_key is not None:
        if fleet_key_path is not None or key_file is not None:
            raise click.UsageError("--new-fleet-key makes the key: give no other")
        _make(new_fleet_key, output)
    if port is None:
        output.result({"fleet_key": str(new_fleet_key)})
        return
    key = device_key_from(key_file, new_fleet_key or fleet_key_path, device_id)
    if key is None:
        raise click.UsageError("give the device's key: --fleet-key, --new-fleet-key or --key-file")
    from firmware_bridge.client import open_device

    with open_device(port, baud=baud) as device:
        device.provision(key)
    output.say(f"the device has the id {key.id.hex()} and its key")
    output.result({"port": port, "device_id": key.id.hex()})


def _make(path: Path, output: Output) -> None:
    from toolchain.keys import new_fleet_key, write_fleet_key

    write_fleet_key(path, new_fleet_key())
    output.say(f"wrote a fleet key to {path}: whoever has this file can edit every device of the fleet")
