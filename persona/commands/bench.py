"""`persona bench`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.extras import needs
from persona.help import Command
from persona.options import BOARD, optimise_option
from persona.output import Output, OutputError, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from hil.bench.figures import Figures
    from toolchain.bundle import Bundle


@click.command(
    "bench", cls=Command, short_help="Count what an inference costs on an emulated board, instruction by one."
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--board", type=BOARD, required=True, help="A Cortex-M that QEMU emulates.")
@click.option("--per-op", is_flag=True, help="Also print what each operator takes; JSON has it always.")
@optimise_option
@click.option(
    "--samples", type=click.IntRange(1), default=5, show_default=True, metavar="N", help="Vectors to run and compare."
)
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *, model: Path, board: str, per_op: bool, optimise: str, samples: int, json_target: str | None
) -> None:
    """Run MODEL, a bundle or a .tflite file, on an emulated board and count executed instructions to the last one.

    Every output is compared with the NumPy reference and, where it is installed, with TFLite Micro, bit by bit; a wrong
    one is an error and gives no figure. The image holds the model and next to nothing else, so its flash is the
    model's. Instructions are no cycles. Where QEMU takes no plugins, SysTick counts, in steps of 31 to 50 instructions.

    Examples:
        persona bench kws_int8.tflite --board mps2-an386 --per-op
        persona bench digits.bundle --board mps3-an547 --optimise size --json -
    """
    output = Output(json_target)
    with needs("compile"), tempfile.TemporaryDirectory(prefix="persona-bench-") as folder:
        from firmware_bridge.platforms import platform_named
        from hil.bench.measure import bench
        from hil.bench.program import require_tools

        platform = platform_named(board)
        require_tools(platform)
        progress = ProgressBar()
        bundle = _bundle(model, Path(folder) / "bundle", samples)
        told = per_op or json_target is not None
        figures = bench(bundle, platform, samples=samples, per_op=told, optimise=optimise, progress=progress)
        progress.close()
    _print(output, figures)
    output.result(figures.to_json())


def _bundle(model: Path, folder: Path, samples: int) -> Bundle:
    from hil.bench.subject import bundle_of_tflite
    from toolchain.bundle import Bundle

    if model.is_dir():
        return Bundle.open(model)
    if not model.is_file():
        raise OutputError(f"cannot read {model}", expected="a bundle or a .tflite file", received="no such file")
    return bundle_of_tflite(model, folder, samples)


def _print(output: Output, figures: Figures) -> None:
    exact = "exact" if figures.counter == "plugin" else f"SysTick, in steps of {figures.resolution:g}"
    per_mac = figures.instructions_per_mac
    output.say(f"{figures.model} on {figures.board} ({figures.core}), built for {figures.optimise}")
    output.table(
        [
            ("instructions", f"{figures.instructions:,} ({exact})"),
            ("  over all vectors", f"{figures.instructions_least:,} to {figures.instructions_most:,}"),
            ("multiply-accumulates", f"{figures.macs:,}"),
            ("instructions for each", "" if per_mac is None else f"{per_mac:.3f}"),
            ("flash", f"{figures.flash_bytes:,} bytes, of which {figures.harness_bytes:,} are not the model's"),
            ("RAM, arena and scratch", f"{figures.ram_bytes:,} bytes"),
            ("RAM of the whole image", f"{figures.ram_total_bytes:,} bytes"),
            ("stack of an inference", f"at most {figures.stack_bytes:,} bytes"),
            ("outputs equal to the bit", f"{figures.equal} of {figures.total} (oracle: {figures.oracle})"),
        ]
    )
    if not figures.per_op:
        return
    output.say()
    output.say(
        f"  {'op':>3}  {'kind':<20} {'kernel':<30} {'MACs':>11} {'instructions':>13} {'per MAC':>8} {'bound':>6}"
    )
    for row in figures.per_op:
        each = "" if row.per_mac is None else f"{row.per_mac:.3f}"
        bound = "" if row.bound is None else f"{row.bound:.4g}"
        output.say(
            f"  {row.op:>3}  {row.kind:<20} {row.kernel or 'a view':<30} {row.macs:>11,} {row.instructions:>13,}"
            f" {each:>8} {bound:>6}"
        )
