"""`persona inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.help import Command
from persona.options import FILE
from persona.output import Output, OutputError, json_option, write_whole

if TYPE_CHECKING:
    from toolchain.model import Model


@click.command("inspect", cls=Command, short_help="Show what a model computes and what it costs.")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--svg", "svg_file", type=FILE, help="Also draw the memory over time into this file.")
@json_option
def command(*, model: Path, svg_file: Path | None, json_target: str | None) -> None:
    """Show operators, types, cost, adaptive layout and memory over time of MODEL, a .tflite file or a bundle.

    Examples:
        persona inspect digits.bundle
        persona inspect kws.tflite --svg kws.svg --json kws.json
    """
    from toolchain.summary.describe import describe
    from toolchain.summary.svg import svg
    from toolchain.summary.text import text

    output = Output(json_target)
    summary = describe(_model(model))
    for line in text(summary):
        output.say(line)
    if svg_file is not None:
        write_whole(svg_file, svg(summary.memory, summary.name).encode())
        output.say(f"drawn: {svg_file}")
    output.result(summary.to_json())


def _model(path: Path) -> Model:
    from toolchain.bundle import Bundle
    from toolchain.model import Model
    from toolchain.tflite.reader import read_model

    if path.is_dir():
        return Bundle.open(path).model
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutputError(f"cannot read {path}", expected="a .tflite file or a bundle", received=str(error)) from error
    return Model.of(read_model(data, path.stem))
