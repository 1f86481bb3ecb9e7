"""`persona stress`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from persona.extras import needs
from persona.help import Command
from persona.options import FOLDER, SEED
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from hil.stress import Share, Tally


@click.command("stress", cls=Command, short_help="Thousands of edits through a bad line, and what the core costs.")
@click.option("--bundle", type=FOLDER, help="What the devices run. [the default model, trained now]")
@click.option("--edits", type=click.IntRange(1), default=10_000, show_default=True, metavar="N", help="In all.")
@click.option("--devices", type=click.IntRange(1), default=10, show_default=True, metavar="N", help="That share them.")
@click.option("--seed", type=SEED, default=0, show_default=True, metavar="N", help="Of edits and faults.")
@json_option
def command(*, bundle: Path | None, edits: int, devices: int, seed: int, json_target: str | None) -> None:
    """Bring edits to devices through a line that damages, loses, repeats and reorders one frame in fifty each.

    The devices are the firmware's own C core, built without limits, in this process and on a virtual clock. They infer
    between the frames of every edit; each output must be that of the old bank or of the new one. After each edit the
    bank is read back and compared bit for bit. The wire bytes of an adaptation are measured on the same core over a
    good line, the core's size in a build for size and the instructions of an edit on the emulated M4 (-O2, the dearer
    of int8 and latent).

    The exit code is 0 only if no parameter is wrong, no device is stuck and no output is mixed.

    Examples:
        persona stress --json -
        persona stress --bundle digits.bundle --edits 1000
    """
    output = Output(json_target)
    with needs("compile,train"), tempfile.TemporaryDirectory(prefix="persona-stress-") as folder:
        from hil.core_cost import require_tools
        from hil.stress import Share

        # What is missing should be told before a minute of training, not after it.
        require_tools()
        path = bundle or _trained(Path(folder), seed)
        tally, result = _run(path, Path(folder), Share(edits, devices, seed))
    _print(output, tally, result)
    output.result(result)
    if tally.wrong_parameters or tally.stuck_devices or tally.mixed_outputs:
        from hil.errors import WrongResultError

        raise WrongResultError(
            "the link is not worth trusting",
            expected="no wrong parameter, no stuck device, no mixed output",
            received=f"{tally.wrong_parameters}, {tally.stuck_devices} and {tally.mixed_outputs}",
        )


def _trained(folder: Path, seed: int) -> Path:
    from models.export import export_bundle
    from models.train import train

    progress = ProgressBar()
    export_bundle(train(seed, progress), folder / "bundle", progress=progress)
    progress.close()
    return folder / "bundle"


def _run(path: Path, folder: Path, share: Share) -> tuple[Tally, dict[str, Any]]:
    from hil.adaptation_cost import adaptation_cost
    from hil.core_cost import core_size, edit_cost
    from hil.stress import build_for_stress, stress
    from toolchain.bundle import Bundle

    opened = Bundle.open(path)
    size = core_size(path, folder / "small")
    cost = edit_cost(path, folder / "fast")
    library = build_for_stress(path, folder / "library")
    progress = ProgressBar()
    tally = stress(library, path, share, progress)
    progress.close()
    return tally, {
        "edits": tally.edits,
        "damaged_frames": tally.faults["damage"],
        "wrong_parameters": tally.wrong_parameters,
        "stuck_devices": tally.stuck_devices,
        "mixed_outputs": tally.mixed_outputs,
        "adapt_wire_bytes": adaptation_cost(opened, library).wire_bytes,
        "core_flash_bytes": size.flash_bytes,
        "core_ram_bytes": size.ram_bytes,
        "apply_instructions": cost.apply,
        "mac_instructions": cost.mac,
    }


def _print(output: Output, tally: Tally, result: dict[str, Any]) -> None:
    names = {"damage": "damaged", "lose": "lost", "repeat": "repeated", "reorder": "reordered"}
    faults = ", ".join(f"{tally.faults[fault]:,} {name}" for fault, name in names.items())
    output.say(f"{result['edits']:,} edits, {tally.frames:,} frames: {faults}")
    output.table(
        [
            ("wrong parameters", result["wrong_parameters"]),
            ("stuck devices", result["stuck_devices"]),
            ("inferences during edits, neither old nor new", f"{tally.mixed_outputs} of {tally.inferences:,}"),
            ("an adaptation on the wire, signed", f"{result['adapt_wire_bytes']} bytes"),
            (
                "C core on the M4, -Os",
                f"{result['core_flash_bytes']:,} bytes of flash, {result['core_ram_bytes']:,} of RAM",
            ),
            ("check and apply an edit on the M4, -O2", f"{result['apply_instructions']:,} instructions"),
            ("its MAC", f"{result['mac_instructions']:,} instructions"),
        ]
    )
