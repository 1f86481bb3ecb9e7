"""`persona compile`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from persona.extras import needs
from persona.help import Command
from persona.options import FOLDER
from persona.output import Output, json_option
from persona.progress import ProgressBar


@click.command("compile", cls=Command, short_help="Compile a trained model into a bundle.")
@click.argument("trained", type=FOLDER)
@click.option("-o", "--output", "target", type=FOLDER, required=True, help="The bundle to make or to replace.")
@click.option(
    "--rounding",
    type=click.Choice(("tflm", "litert")),
    default="tflm",
    show_default=True,
    help="Which runtime the integer operators are equal to.",
)
@json_option
def command(*, trained: Path, target: Path, rounding: str, json_target: str | None) -> None:
    """Compile TRAINED, a folder that `persona train` made, into a bundle.

    The bundle is a folder with the mixed model (int8 shared layers, float32 adaptive layers), the C code for a device,
    the prototypes, the editor, and the vectors that a device is checked against. It appears whole or not at all.

    Example:
        persona compile trained -o digits.bundle
        persona info digits.bundle
    """
    output = Output(json_target)
    started = time.perf_counter()
    with needs("compile,train"):
        from models.export import export_bundle
        from models.trained import Trained
        from toolchain.requant import Rounding

        progress = ProgressBar()
        compiled = export_bundle(Trained.load(trained), target, rounding=Rounding(rounding), progress=progress)
        progress.close()
    model = compiled.model
    seconds = time.perf_counter() - started
    output.say(f"compiled {target}")
    output.table(
        [
            ("model", compiled.name),
            ("base", model.base.hex()),
            ("operators", len(model.kernels)),
            ("multiply-accumulates", f"{model.macs:,}"),
            ("arena", f"{model.plan.arena_bytes:,} bytes"),
            ("adaptive parameters", f"{model.layout.size:,} floats, {4 * model.layout.size:,} bytes"),
            ("seconds", f"{seconds:.1f}"),
        ]
    )
    output.result(
        {
            "path": str(target),
            "name": compiled.name,
            "base": model.base.hex(),
            "rounding": rounding,
            "macs": model.macs,
            "arena_bytes": model.plan.arena_bytes,
            "adaptive_bytes": 4 * model.layout.size,
            "seconds": round(seconds, 3),
        }
    )
