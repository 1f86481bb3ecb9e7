"""`persona verify`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.help import Command
from persona.options import BOARD, FOLDER, board_help, port_options
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from firmware_bridge.client import Device
    from toolchain.bundle import Bundle

_ORACLE_HELP = "Also compare with this runtime: tflite_micro, litert, litert-ref, tensorflow or tflite_runtime."


@click.command("verify", cls=Command, short_help="Hold a device to the reference and to an oracle, bit by bit.")
@click.argument("bundle", type=FOLDER)
@click.option("--board", type=BOARD, help=f"{board_help} Started for this and stopped afterwards.")
@port_options(required=False)
@click.option("--oracle", metavar="NAME", help=_ORACLE_HELP)
@click.option(
    "--samples",
    type=click.IntRange(1),
    metavar="N",
    help="Vectors; random ones follow when the bundle has fewer. [all]",
)
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    bundle: Path,
    board: str | None,
    port: str | None,
    baud: int,
    oracle: str | None,
    samples: int | None,
    json_target: str | None,
) -> None:
    """Run the golden vectors of BUNDLE on a device and compare every output, bit by bit.

    The device is compared with the NumPy reference under the bank that the device runs now. With --oracle, integers
    must be equal to the oracle's bits and floats within a stated tolerance. The exit code is 0 only if all are equal.

    Examples:
        persona verify digits.bundle --board mps2-an386 --oracle tflite_micro --samples 100 --json -
        persona verify digits.bundle --port /dev/ttyACM0
    """
    output = Output(json_target)
    if (board is None) == (port is None):
        raise click.UsageError("give either --board or --port")
    from hil.conformance import FLOAT_TOLERANCE, verify
    from hil.errors import WrongResultError
    from persona.extras import needs
    from toolchain.bundle import Bundle

    opened = Bundle.open(bundle)
    progress = ProgressBar()
    with needs("compile"), _device(opened, board, (port, baud), progress) as device:
        report = verify(device, opened, oracle, samples, progress)
    progress.close()
    output.say(f"{report.equal} of {report.total} vectors are equal")
    output.table(
        [
            ("device and reference, outputs equal to the bit", f"{report.reference.equal}/{report.reference.total}"),
            ("device and reference, digests of layers", f"{report.layers.equal}/{report.layers.total}"),
            (
                "reference and oracle, integers equal to the bit",
                f"{report.oracle_integers.equal}/{report.oracle_integers.total}",
            ),
            (
                "largest float difference from the oracle",
                f"{report.oracle_float_difference:.3g} (allowed {FLOAT_TOLERANCE:g})",
            ),
        ][: 4 if oracle else 2]
    )
    output.result(
        {
            "equal": report.equal,
            "total": report.total,
            "board": device.hello.platform,
            "oracle": oracle,
            "reference_equal": report.reference.equal,
            "layers_equal": report.layers.equal,
            "layers_total": report.layers.total,
            "oracle_integers_equal": report.oracle_integers.equal,
            "oracle_integers_total": report.oracle_integers.total,
            "oracle_float_difference": report.oracle_float_difference,
            "float_tolerance": FLOAT_TOLERANCE,
        }
    )
    if report.equal != report.total:
        raise WrongResultError(
            f"{report.total - report.equal} of {report.total} vectors differ", received=report.first_difference
        )


@contextmanager
def _device(bundle: Bundle, board: str | None, line: tuple[str | None, int], progress: ProgressBar) -> Iterator[Device]:
    from firmware_bridge.client import open_device
    from firmware_bridge.platforms import platform_named
    from hil.emulator import start
    from hil.images import image_for

    port, baud = line
    if port is not None:
        with open_device(port, baud=baud) as device:
            yield device
        return
    with start(image_for(bundle, platform_named(str(board)), progress)) as emulator, emulator.device() as device:
        yield device
