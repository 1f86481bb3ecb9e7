"""`persona adapt`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from persona.commands.edit import CODECS
from persona.help import Command
from persona.json_lines import json_lines
from persona.keys import fleet_key_option
from persona.options import FILE, FOLDER, port_options
from persona.output import Output, json_option

_PARTS = click.FloatRange(0, min_open=True)


@click.command("adapt", cls=Command, short_help="Watch devices and adapt each when its data shifts.")
@port_options(required=True, multiple=True)
@click.option(
    "--editor",
    "--bundle",
    "bundle_path",
    type=FOLDER,
    required=True,
    help="The bundle on the devices, with its editor.",
)
@click.option("--interval", type=_PARTS, metavar="S", default=10.0, show_default=True, help="Seconds between looks.")
@click.option(
    "--drift",
    type=_PARTS,
    metavar="X",
    default=6.0,
    show_default=True,
    help="The drift from which on data has shifted.",
)
@click.option(
    "--min-change",
    type=click.FloatRange(0),
    metavar="X",
    default=0.05,
    show_default=True,
    help="An edit pays if it changes the bank by this share of T (root mean square).",
)
@click.option("--min-windows", type=click.IntRange(1), metavar="N", help="Windows that an edit needs. [the editor's]")
@click.option(
    "--cool-down",
    type=click.FloatRange(0),
    metavar="S",
    default=60.0,
    show_default=True,
    help="Least time between edits.",
)
@click.option(
    "--codec", type=click.Choice(CODECS), help="How edits are written. [latent if the bundle has it, else int8]"
)
@click.option(
    "--max-loss",
    type=click.FloatRange(0),
    metavar="X",
    default=0.01,
    show_default=True,
    help="What --codec auto may lose against the exact edit.",
)
@fleet_key_option
@click.option("--durable/--ram", default=False, show_default=True, help="Edits that a reset keeps, or does not.")
@click.option(
    "--confirm-after",
    type=click.FloatRange(0, 65_000),
    metavar="S",
    default=10.0,
    show_default=True,
    help="A durable edit is checked, and then confirmed or taken back, after so long.",
)
@click.option("--once", is_flag=True, help="One look at each device, and the edit if it is due.")
@click.option("--max-adaptations", type=click.IntRange(1), metavar="N", help="Leave each device after so many edits.")
@click.option("--share", is_flag=True, help="Close the port between two looks, so that other programs can use it.")
@click.option("--log", type=FILE, help="Add the steps to this file; text goes to standard output instead.")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    port: tuple[str, ...],
    baud: int,
    bundle_path: Path,
    interval: float,
    drift: float,
    min_change: float,
    min_windows: int | None,
    cool_down: float,
    codec: str | None,
    max_loss: float,
    fleet_key_path: Path | None,
    durable: bool,
    confirm_after: float,
    once: bool,
    max_adaptations: int | None,
    share: bool,
    log: Path | None,
    json_target: str | None,
) -> None:
    """Watch the devices at one or more ports and adapt each when its data shifts and an edit pays.

    Each device tells how far its embeddings have drifted since its last edit: about 1 (2 after an edit) while nothing
    has changed. From --drift on, and once enough new windows have come, it sends a summary of them; the editor proposes
    a prototype and an edit, and keeps the present prototype unless another one is clearly better. If the bank would
    change by --min-change, the edit is sent; otherwise the present context is the new reference.

    Every step is a line of JSON: time, port, step, reason, outcome, detail, drift, prototype, norms, change, bytes,
    seconds. A refusal or a lost line is waited out, longer each time. Ctrl-C ends in order: no edit stays half sent,
    and one that is not confirmed yet is taken back. The exit code is 3 if a port never answered, or holds a device
    that cannot be adapted with this bundle.

    Examples:
        persona adapt --port /dev/ttyACM0 --editor digits.bundle --interval 30
        persona adapt --port /dev/ttyACM0 --port /dev/ttyACM1 --editor digits.bundle --durable --log adapt.log
        persona adapt --port socket://127.0.0.1:PORT --editor digits.bundle --once
    """
    output = Output(json_target)
    if len(set(port)) < len(port):
        raise click.UsageError("each port may be given once")
    from firmware_bridge.adaptation.policy import Policy
    from firmware_bridge.adaptation.record import Journal
    from persona.adapting import adapt_all, require_all_served, summary, tools_of
    from persona.editing import Wanted, read_key
    from persona.editor import proposer
    from toolchain.bundle import Bundle

    bundle = Bundle.open(bundle_path)
    editor = proposer(bundle)
    tools = tools_of(bundle, editor, Wanted(codec, max_loss, durable, read_key(fleet_key_path)))
    policy = Policy(
        interval_s=interval,
        drift=drift,
        min_windows=min_windows or editor.editor.context_windows,
        min_change=min_change,
        cool_down_s=cool_down,
        durable=durable,
        confirm_after_s=confirm_after,
        once=once,
        max_adaptations=max_adaptations,
    )
    with json_lines(None if log is None else str(log)) as lines:
        write = output.say if log is None else lines.line
        outcomes = adapt_all(port, baud, tools, policy, Journal(write), give_back=share)
    result: dict[str, Any] = summary(outcomes)
    if log is not None:
        for one in outcomes:
            output.say(f"{one.port}: {one.adaptations} adaptation(s), {one.bytes:,} bytes; {one.reason}")
    output.result(result)
    require_all_served(outcomes)
