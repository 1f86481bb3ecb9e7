"""`persona infer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from persona.help import Command
from persona.options import FILE, FOLDER, port_options
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    import numpy.typing as npt

    from toolchain.bundle import Bundle


@click.command("infer", cls=Command, short_help="Run inputs through a device.")
@port_options(required=True)
@click.option(
    "--input",
    "source",
    type=FILE,
    help="Windows: .npy [n, ...], or .npz with one for each input. [the golden windows of --bundle]",
)
@click.option("--bundle", "bundle_path", type=FOLDER, help="The bundle on the device: takes and gives real numbers.")
@click.option("--remember", is_flag=True, help="Let the device remember the embeddings, as context for an edit.")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *, port: str, baud: int, source: Path | None, bundle_path: Path | None, remember: bool, json_target: str | None
) -> None:
    """Run every window of a file, or the golden windows of a bundle, through the device at a port.

    With --bundle, real numbers are quantised as the model wants them and outputs come back as real numbers. Without it,
    the array must have the device's own element type, and outputs are shown as bytes.

    Examples:
        persona infer --port socket://127.0.0.1:PORT --bundle digits.bundle --input windows.npy --json -
        persona infer --port socket://127.0.0.1:PORT --bundle digits.bundle --remember
    """
    output = Output(json_target)
    if source is None and bundle_path is None:
        raise click.UsageError("give --input FILE, or --bundle, whose golden windows are then run")
    from firmware_bridge.client import open_device
    from firmware_bridge.matching import require_bundle
    from persona.arrays import load_arrays, rows_of
    from toolchain.bundle import Bundle

    arrays = None if source is None else load_arrays(source)
    bundle = None if bundle_path is None else Bundle.open(bundle_path)
    rows = []
    progress = ProgressBar()
    with open_device(port, baud=baud) as device:
        if bundle is not None:
            require_bundle(device.hello, bundle)
        windows = _golden(bundle) if arrays is None else rows_of(arrays, bundle)
        for number, window in enumerate(windows, 1):
            answer = device.infer(window, remember=remember)
            rows.append({**_decoded(answer.output, bundle), "ticks": answer.ticks, "bank": answer.bank})
            progress("infer", number, len(windows))
    progress.close()
    for number, row in enumerate(rows):
        output.say(f"{number:5d}  {_line(row)}")
    output.result({"port": port, "inferences": rows})


def _golden(bundle: Bundle | None) -> list[bytes]:
    return [] if bundle is None else [bundle.golden.input_bytes(place) for place in range(len(bundle.golden))]


def _decoded(raw: bytes, bundle: Bundle | None) -> dict[str, Any]:
    if bundle is None:
        return {"output_hex": raw.hex()}
    outputs: list[npt.NDArray[Any]] = []
    for signal in bundle.outputs:
        outputs.append(signal.decode(signal.parse(raw[: signal.nbytes]))[0])
        raw = raw[signal.nbytes :]
    return {"outputs": [array.tolist() for array in outputs], "largest": int(outputs[0].argmax())}


def _line(row: dict[str, Any]) -> str:
    if "outputs" not in row:
        return str(row["output_hex"])
    return f"largest output {row['largest']}   {row['ticks']} ticks   bank {row['bank']}"
