"""`persona recompile`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.extras import needs
from persona.help import Command
from persona.keys import fleet_key_option
from persona.options import FOLDER, port_options
from persona.output import Output, json_option
from persona.progress import ProgressBar
from persona.store import opened, store_options

_METHODS = ("ridge", "finetune", "lora", "editor")
_CODECS = ("int8", "f32", "f16", "int4", "sparse")
_SHOWN = 20
"""Users that are shown as text; JSON has all."""


@click.command("recompile", cls=Command, short_help="Make every user's edit anew for a new base, from its examples.")
@store_options
@click.option("--base", "bundle_path", type=FOLDER, help="Bundle of the new base. [the newest base in the store]")
@click.option("--users", metavar="A,B,..", help="Only these. [all devices of the store]")
@click.option("--method", type=click.Choice(_METHODS), default="ridge", show_default=True, help="How edits are made.")
@click.option(
    "--examples", type=click.IntRange(1), metavar="N", default=250, show_default=True, help="At most so many a user."
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1, max_open=True),
    metavar="X",
    default=0.02,
    show_default=True,
    help="How far below the old base with its old edit a score on the frozen set still counts as not worse.",
)
@click.option("--codec", type=click.Choice(_CODECS), default="int8", show_default=True, help="How edits are written.")
@click.option("--durable", is_flag=True, help="Make edits for TRY and COMMIT, which outlive a reset.")
@fleet_key_option
@click.option(
    "--engine", type=click.Choice(("local", "ray")), default="local", show_default=True, help="Where it runs."
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", default=1, show_default=True, help="Processes.")
@click.option("--address", metavar="HOST:PORT", help="A running Ray cluster, for --engine ray. [one of this machine]")
@port_options(required=False)
@json_option
def command(  # noqa: PLR0913  # each option is one
    *,
    place: str,
    store_key: Path | None,
    bundle_path: Path | None,
    users: str | None,
    method: str,
    examples: int,
    tolerance: float,
    codec: str,
    durable: bool,
    fleet_key_path: Path | None,
    engine: str,
    jobs: int,
    address: str | None,
    port: str | None,
    baud: int,
    json_target: str | None,
) -> None:
    """Make every user's edit anew for a new base.

    For each user of the store the old edit is tried on the new base first, and refused with the reason. Then an edit is
    made from the user's own examples, scored on its frozen evaluation set in the device's arithmetic, and accepted
    only if it is not worse than the old base with its old edit, nor than the new base without one. Everything is
    recorded. Started again after an interruption it goes on where it was: no user twice, none lost.

    With --port the edit of the connected device's user is sent to it as well, and the deployment recorded.

    Examples:
        persona recompile --base wide.bundle --json -
        persona recompile --base wide.bundle --method finetune --examples 20 --jobs 2
        persona recompile --base wide.bundle --users user-07 --port /dev/ttyACM0 --fleet-key fleet.key
    """
    output = Output(json_target)
    with needs("store,compile,train"):
        from models.recompile.order import Order
        from models.recompile.run import Request
        from persona.editing import read_key
        from persona.recompiling import Sending, bundle_for, engine_for, play, push
        from toolchain.edit import Codec

    order = Order(method, examples, tolerance, Codec[codec.upper()], durable, read_key(fleet_key_path))
    names = None if users is None else [name.strip() for name in users.split(",") if name.strip()]
    with opened(place, store_key) as store:
        bundle = bundle_for(store, bundle_path)
        progress = ProgressBar()
        made = play(store, Request(bundle, order, names), engine_for(engine, jobs, address), progress)
        progress.close()
        output.say(f"recompiled for {bundle.path} (base {bundle.base.hex()}) by {method}")
        overall, rows = made.tally.to_json(), made.rows
        output.table([(name.replace("_", " "), _text(value)) for name, value in overall.items()])
        for row in rows[:_SHOWN]:
            output.say(f"  {row['user']}: {row['verdict']}, {row['reason']}".replace("\n", " "))
        if len(rows) > _SHOWN:
            output.say(f"  ... and {len(rows) - _SHOWN} more: --json FILE has all")
        sent = None
        if port is not None:
            sent = push(store, Sending(bundle, order, names), port, baud)
            output.say(f"sent to {port}: edit {sent['edit']} of {sent['user']}, counter {sent['counter']}")
    output.result({"base": bundle.base.hex(), "method": method, "overall": overall, "users": rows, "deployed": sent})
    made.require_any()


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
