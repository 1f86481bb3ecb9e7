"""`persona edit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from persona.help import Command
from persona.keys import fleet_key_option
from persona.options import FILE, FOLDER, port_options
from persona.output import Output, json_option, write_whole
from persona.progress import ProgressBar

CODECS = ("auto", "f32", "f16", "int8", "int4", "sparse", "latent")
_CODEC_HELP = "How it is written; auto takes the smallest within --max-loss. [latent if the bundle has it, else int8]"


@click.command("edit", cls=Command, short_help="Make an edit for a device from its context and send it.")
@port_options(required=True)
@click.option("--bundle", "bundle_path", type=FOLDER, help="The bundle on the device; only --apply works without it.")
@click.option("--codec", type=click.Choice(CODECS), help=_CODEC_HELP)
@click.option(
    "--max-loss",
    type=click.FloatRange(0),
    metavar="X",
    default=0.01,
    show_default=True,
    help="Nats that auto may lose against the exact edit, as measured on the host.",
)
@fleet_key_option
@click.option("--durable", is_flag=True, help="Try the edit on the device and store it: TRY and COMMIT, on probation.")
@click.option("--probation", type=click.IntRange(1, 65535), metavar="S", help="Seconds of probation. [the device's]")
@click.option("--confirm", is_flag=True, help="With --durable: confirm the edit once its bank was read back.")
@click.option("-o", "--output", "target", type=FILE, help="Also write the edit to this file.")
@click.option("--apply", "stored", type=FILE, help="Send the edit of this file instead of making one.")
@click.option("--dry-run", is_flag=True, help="Make and check the edit, but do not send it.")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    port: str,
    baud: int,
    bundle_path: Path | None,
    codec: str | None,
    max_loss: float,
    fleet_key_path: Path | None,
    durable: bool,
    probation: int | None,
    confirm: bool,
    target: Path | None,
    stored: Path | None,
    dry_run: bool,
    json_target: str | None,
) -> None:
    """Make an edit for the device at a port and let the device run it.

    The device sends a summary of the int8 embeddings that it remembered (never raw inputs); the editor of the bundle
    picks the prototype that needs the smallest edit and clips the edit to T; with --fleet-key it is signed with the
    device's own key; the device checks it again, switches to the new bank between two inferences, and the bank is read
    back. Whatever fails, the device keeps its old bank.

    Without --durable a reset of the device brings its earlier bank back. With it the device first runs the model's
    frozen evaluation vectors, stores the edit, and keeps it only if it is confirmed before the probation ends.

    Examples:
        persona edit --port socket://127.0.0.1:PORT --bundle digits.bundle
        persona edit --port /dev/ttyACM0 --bundle digits.bundle --fleet-key fleet.key --durable --confirm
        persona edit --port /dev/ttyACM0 --bundle digits.bundle --codec auto --max-loss 0.02 --dry-run -o edit.bin
        persona edit --port /dev/ttyACM0 --bundle digits.bundle --apply edit.bin
    """
    output = Output(json_target)
    if bundle_path is None and stored is None:
        raise click.UsageError("give --bundle, so that an edit can be made, or --apply with a stored one")
    if stored is not None and (codec is not None or durable):
        raise click.UsageError("a stored edit is sent as it was made: give neither --codec nor --durable with --apply")
    if (confirm or probation is not None) and not durable and stored is None:
        raise click.UsageError("--confirm and --probation belong to --durable")
    from firmware_bridge.client import open_device
    from persona import editing
    from persona.warning import warn
    from toolchain.bundle import Bundle

    bundle = None if bundle_path is None else Bundle.open(bundle_path)
    wanted = editing.Wanted(codec, max_loss, durable, editing.read_key(fleet_key_path))
    edit = None if stored is None else editing.read_edit(stored)
    progress = ProgressBar()
    result: dict[str, Any] = {"port": port}
    with open_device(port, baud=baud) as device:
        warn(device.hello)
        if edit is not None:
            edit = editing.signed(edit, device, wanted)
        elif bundle is not None:
            edit, made = editing.make(device, bundle, wanted)
            result |= made
        else:
            raise TypeError("an edit is made from a bundle")
        result |= editing.described(edit)
        if target is not None:
            write_whole(target, edit.pack())
        if dry_run:
            device.check_edit(edit, bundle)
        else:
            result |= editing.send(device, edit, bundle, progress, seconds=probation or 0, confirm=confirm)
    progress.close()
    output.say(_said(result, dry_run=dry_run))
    output.table([(name.replace("_", " "), value) for name, value in result.items()])
    output.result({**result, "sent": not dry_run})


def _said(result: dict[str, Any], *, dry_run: bool) -> str:
    if dry_run:
        return "the edit was checked and not sent"
    text = "the device runs the edit; its bank was read back"
    if not result["durable"]:
        return text
    if result["confirmed"]:
        return f"{text}; it is confirmed: a reset keeps it"
    return f"{text}; it is on probation: without CONFIRM (--confirm) the old bank comes back"
