"""`persona edit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from persona.help import Command
from persona.options import FILE, FOLDER, port_options
from persona.output import Output, json_option, write_whole
from persona.progress import ProgressBar
from toolchain.errors import PersonaError

if TYPE_CHECKING:
    from firmware_bridge.client import Device
    from firmware_bridge.cost import Cost
    from toolchain.bundle import Bundle
    from toolchain.edit import Edit


@click.command("edit", cls=Command, short_help="Make an edit for a device from its context and send it.")
@port_options(required=True)
@click.option("--bundle", "bundle_path", type=FOLDER, help="The bundle on the device; only --apply works without it.")
@click.option(
    "--codec", type=click.Choice(("int8", "f32")), default="int8", show_default=True, help="How it is written."
)
@click.option("-o", "--output", "target", type=FILE, help="Also write the edit to this file.")
@click.option("--apply", "stored", type=FILE, help="Send the edit of this file instead of making one.")
@click.option("--dry-run", is_flag=True, help="Make and check the edit, but do not send it.")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    port: str,
    baud: int,
    bundle_path: Path | None,
    codec: str,
    target: Path | None,
    stored: Path | None,
    dry_run: bool,
    json_target: str | None,
) -> None:
    """Make an edit for the device at a port and let the device run it.

    The device uploads the int8 embeddings that it remembered (never raw inputs); the editor of the bundle picks the
    prototype that needs the smallest edit and clips the edit to T; the device checks it again, switches to the new
    bank between two inferences, and the bank is read back. Whatever fails, the device keeps its old bank.

    Examples:
        persona edit --port socket://127.0.0.1:PORT --bundle digits.bundle
        persona edit --port /dev/ttyACM0 --bundle digits.bundle --dry-run -o edit.bin
        persona edit --port /dev/ttyACM0 --bundle digits.bundle --apply edit.bin
    """
    output = Output(json_target)
    if bundle_path is None and stored is None:
        raise click.UsageError("give --bundle, so that an edit can be made, or --apply with a stored one")
    from firmware_bridge.client import open_device
    from toolchain.bundle import Bundle

    bundle = None if bundle_path is None else Bundle.open(bundle_path)
    edit = None if stored is None else _read(stored)
    progress = ProgressBar()
    result: dict[str, Any] = {"port": port}
    with open_device(port, baud=baud) as device:
        if edit is None:
            edit, context_cost = _make(device, bundle, codec)
            result["context_wire_bytes"] = context_cost.wire_bytes
        result |= _described(edit)
        if target is not None:
            write_whole(target, edit.pack())
        if dry_run:
            device.check_edit(edit, bundle)
        else:
            result |= _sent(device, edit, bundle, progress)
    progress.close()
    output.say("the edit was checked and not sent" if dry_run else "the device runs the edit; its bank was read back")
    output.table([(name.replace("_", " "), value) for name, value in result.items()])
    output.result({**result, "sent": not dry_run})


def _described(edit: Edit) -> dict[str, Any]:
    return {
        "codec": edit.codec.name.lower(),
        "prototype": edit.prototype,
        "counter": edit.counter,
        "digest": edit.digest.hex(),
    }


def _sent(device: Device, edit: Edit, bundle: Bundle | None, progress: ProgressBar) -> dict[str, Any]:
    from firmware_bridge.adapt import deliver

    delivered, _ = deliver(device, edit, bundle, progress)
    return {
        "edit_wire_bytes": delivered.cost.wire_bytes,
        "edit_line_seconds": round(delivered.cost.line_time_s(), 4),
        "bank": delivered.active.bank,
        "generation": delivered.active.generation,
    }


def _read(path: Path) -> Edit:
    from toolchain.edit import Edit

    try:
        return Edit.parse(path.read_bytes())
    except OSError as error:
        raise PersonaError(f"cannot read {path}", received=str(error), remedy="choose an edit file") from error


def _make(device: Device, bundle: Bundle | None, codec: str) -> tuple[Edit, Cost]:
    from firmware_bridge.adapt import make_edit, upload_context
    from persona.editor import proposer
    from toolchain.edit import Codec

    if bundle is None:
        raise TypeError("an edit is made from a bundle")
    context = upload_context(device, bundle)
    return make_edit(device, bundle, context, proposer(bundle), Codec[codec.upper()]), context.cost
