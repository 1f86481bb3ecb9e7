"""`persona diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.help import Command
from persona.options import FOLDER, port_options
from persona.output import Output, json_option

if TYPE_CHECKING:
    from toolchain.bundle import Bundle
    from toolchain.comparison import Difference, Observed

_DIFFERENT = 1


@click.command("diff", cls=Command, short_help="Point at the first difference of two bundles or a bundle and a device.")
@click.argument("first", type=FOLDER)
@click.argument("second", type=FOLDER, required=False)
@port_options(required=False)
@json_option
@click.pass_context
def command(  # noqa: PLR0913  # one parameter for each option
    ctx: click.Context, *, first: Path, second: Path | None, port: str | None, baud: int, json_target: str | None
) -> None:
    """Compare the bundles FIRST and SECOND, or FIRST and the device at a port, layer by layer.

    Contracts, layout, operators, quantisation, weights, adaptive values and the outputs for the golden inputs of FIRST
    are compared in this order. The exit code is 0 if nothing differs, 1 otherwise.

    Examples:
        persona diff old.bundle new.bundle
        persona diff digits.bundle --port socket://127.0.0.1:PORT
    """
    output = Output(json_target)
    if (second is None) == (port is None):
        raise click.UsageError("give either a SECOND bundle or --port")
    from toolchain.bundle import Bundle
    from toolchain.comparison import compare_device, compare_models

    ours = Bundle.open(first)
    found: list[Difference]
    if port is not None:
        found = compare_device(ours.model, ours.golden, _observed(ours, port, baud))
    else:
        found = compare_models(ours.model, Bundle.open(Path(str(second))).model, ours.golden)
    output.say(f"first difference: {found[0]}" if found else "no difference")
    for difference in found[1:]:
        output.say(f"  then {difference}")
    output.result({"equal": not found, "differences": [vars(difference) for difference in found]})
    if found:
        ctx.exit(_DIFFERENT)


def _observed(bundle: Bundle, port: str, baud: int) -> Observed:
    """Ask the device; golden inputs only where it was built from the same base."""
    from firmware_bridge.client import open_device
    from toolchain.comparison import Observed

    with open_device(port, baud=baud) as device:
        hello = device.hello
        fits = (hello.base, hello.layout) == (bundle.base, bundle.layout.fingerprint)
        golden = bundle.golden
        outputs = [device.infer(golden.input_bytes(i)).output for i in range(len(golden))] if fits else []
        return Observed(hello.base, hello.layout, device.read_bank(), outputs)
