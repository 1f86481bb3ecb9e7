"""`persona compile`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from persona.extras import needs
from persona.help import Command
from persona.options import FOLDER
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from toolchain.compile import Compiled
    from toolchain.requant import Rounding

_SUFFIXES: Final = {".tflite", ".pt2", ".keras"}
_PATH: Final = click.Path(path_type=Path)


@click.command("compile", cls=Command, short_help="Compile a model into a bundle.")
@click.argument("model", type=_PATH)
@click.option("-o", "--output", "target", type=FOLDER, required=True, help="The bundle to make or to replace.")
@click.option("--calibration", type=_PATH, metavar="FILE", help="Samples: .npz (array x), .npy or a folder of .npy.")
@click.option(
    "--adaptive", multiple=True, metavar="NAME", help="A layer or parameter that stays patchable; repeatable."
)
@click.option("--clip", type=click.FloatRange(0, min_open=True), metavar="T", help="How far edits may move. [0.1]")
@click.option("--float", "keep_float", is_flag=True, help="Leave a float model as it is.")
@click.option("--name", metavar="NAME", help="The model's name. [the file's]")
@click.option(
    "--rounding",
    type=click.Choice(("tflm", "litert")),
    default="tflm",
    show_default=True,
    help="Which runtime the integer operators are equal to.",
)
@json_option
def command(*, model: Path, target: Path, rounding: str, json_target: str | None, **options: Any) -> None:
    """Compile MODEL into a bundle.

    MODEL is a .tflite file (int8, mixed or float), a program that torch.export saved (.pt2), a Keras file (.keras), the
    folder of a TensorFlow SavedModel, or a folder that `persona train` made. Float models are quantised with a
    calibration set; layers named with --adaptive stay float32 and patchable.

    The bundle is a folder with the model, the C code for a device, and the vectors that a device is checked against; of
    a trained folder also the prototypes and the editor. It appears whole or not at all.

    Examples:
        persona compile kws_int8.tflite -o kws.bundle
        persona compile net.pt2 -o net.bundle --calibration samples.npz --adaptive head --clip 0.2
        persona compile trained -o digits.bundle
    """
    output = Output(json_target)
    started = time.perf_counter()
    trained = not model.is_file() and model.suffix not in _SUFFIXES and not (model / "saved_model.pb").is_file()
    if trained and any(options.values()):
        raise click.UsageError("a trained folder knows its calibration set, adaptive layers, clip and name itself")
    progress = ProgressBar()
    with needs("compile,train" if trained else "compile"):
        from toolchain.requant import Rounding

        contract = Rounding(rounding)
        compiled = (
            _compile_trained(model, target, contract, progress)
            if trained
            else _compile_model(model, target, contract, options, progress)
        )
    progress.close()
    _report(output, compiled, target, time.perf_counter() - started)


def _compile_trained(model: Path, target: Path, rounding: Rounding, progress: ProgressBar) -> Compiled:
    from models.export import export_bundle
    from models.trained import Trained

    return export_bundle(Trained.load(model), target, rounding=rounding, progress=progress)


def _compile_model(
    model: Path, target: Path, rounding: Rounding, options: Mapping[str, Any], progress: ProgressBar
) -> Compiled:
    from toolchain.bundling import bundle_model
    from toolchain.compile import DEFAULT_CLIP
    from toolchain.frontends.calibration import load_calibration

    return bundle_model(
        model,
        target,
        name=options["name"],
        calibration=load_calibration(options["calibration"]) if options["calibration"] else None,
        adaptive=options["adaptive"],
        clip=options["clip"] or DEFAULT_CLIP,
        rounding=rounding,
        keep_float=options["keep_float"],
        progress=progress,
    )


def _report(output: Output, compiled: Compiled, target: Path, seconds: float) -> None:
    from firmware_bridge.prediction import need
    from toolchain.bundle import Bundle
    from toolchain.summary.savings import savings
    from toolchain.summary.table import cost, cost_table

    model = compiled.model
    saved = savings(model)
    needed = need(Bundle.open(target).manifest)
    output.say(f"compiled {target}")
    output.table(
        [
            ("model", compiled.name),
            ("base", model.base.hex()),
            ("operators", len(model.kernels)),
            ("firmware, RAM", f"{needed.ram_bytes:,} bytes, and stack and link"),
            ("firmware, flash", f"{needed.flash_bytes:,} bytes, and code"),
            ("seconds", f"{seconds:.1f}"),
        ]
    )
    output.say()
    for line in cost_table(model, saved):
        output.say(line)
    for note in compiled.notes:
        output.say(f"note: {note}")
    output.result(
        {
            "path": str(target),
            "name": compiled.name,
            "base": model.base.hex(),
            "rounding": model.rounding.value,
            **cost(model),
            "ram_bytes": needed.ram_bytes,
            "flash_bytes": needed.flash_bytes,
            "parts": needed.parts,
            "saved": [vars(row) for row in saved],
            "notes": list(compiled.notes),
            "seconds": round(seconds, 3),
        }
    )
