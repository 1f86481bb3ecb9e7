"""`persona demo`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from persona.extras import needs
from persona.help import Command
from persona.options import BOARD, FOLDER, SEED, board_help
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from firmware_bridge.image import Image
    from models.trained import Trained


@click.command("demo", cls=Command, short_help="The whole road, measured: train, compile, build, boot, edit, verify.")
@click.option("--board", type=BOARD, default="posix", show_default=True, help=board_help)
@click.option("--seed", type=SEED, metavar="N", default=0, show_default=True, help="Of data and training.")
@click.option("--devices", type=click.IntRange(1), metavar="N", help="How many held-out devices. [all]")
@click.option("--workdir", type=FOLDER, help="Keep trained model, bundle and firmware here. [a temporary folder]")
@json_option
def command(*, board: str, seed: int, devices: int | None, workdir: Path | None, json_target: str | None) -> None:
    """Personalise a running device from nothing, and prove it.

    Trains a model on a fleet of simulated devices, compiles it, builds and boots the firmware, and then, for each
    device that training never saw: infers its windows, uploads its context (int8 embeddings, never raw inputs), makes
    the edit, sends it, reads the bank back, and infers again. Every output is compared with the NumPy reference, bit by
    bit; the exit code is 0 only if all are equal.

    Examples:
        persona demo --board posix
        persona demo --board mps2-an386 --seed 3 --json out.json
    """
    output = Output(json_target)
    seconds = Seconds()
    with needs("compile,train"), _folder(workdir) as folder:
        trained, image = _make(seed, board, folder, seconds)
        result = _play(trained, image, folder / "bundle", devices, seconds)
    result |= {"seed": seed, "seconds": seconds.stages | {"total": round(sum(seconds.stages.values()), 3)}}
    _print(output, result)
    output.result(result)
    if result["inferences_verified"] != result["inferences_total"]:
        from hil.errors import WrongResultError

        raise WrongResultError("the device's answers are not those of the reference", received=result["difference"])


class Seconds:
    """Wall-clock seconds of each stage."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressBar]:
        """Measure the block; gives it a progress bar."""
        progress = ProgressBar()
        started = time.perf_counter()
        try:
            yield progress
        finally:
            progress.close()
        self.stages[name] = round(time.perf_counter() - started, 3)


@contextmanager
def _folder(workdir: Path | None) -> Iterator[Path]:
    if workdir is not None:
        workdir.mkdir(parents=True, exist_ok=True)
        yield workdir
        return
    with tempfile.TemporaryDirectory(prefix="persona-demo-") as folder:
        yield Path(folder)


def _make(seed: int, board: str, folder: Path, seconds: Seconds) -> tuple[Trained, Image]:
    """Train, compile and build."""
    with seconds.stage("import"):
        from firmware_bridge.build import build, require_compiler
        from firmware_bridge.platforms import platform_named
        from hil.emulator import require_emulator
        from models.export import export_bundle
        from models.train import train

    platform = platform_named(board)
    # What is missing should be told before a minute of training, not after it.
    require_compiler(platform)
    require_emulator(board)
    with seconds.stage("train") as progress:
        trained = train(seed, progress)
        trained.save(folder / "trained")
    with seconds.stage("compile") as progress:
        export_bundle(trained, folder / "bundle", progress=progress)
    with seconds.stage("build") as progress:
        image = build(folder / "bundle", platform, folder / "build", progress)
    return trained, image


def _play(trained: Trained, image: Image, bundle_path: Path, devices: int | None, seconds: Seconds) -> dict[str, Any]:
    """Personalise the held-out devices on the board."""
    from hil.emulator import booted
    from hil.personalise import Personalisation, Subject, play
    from hil.summary import first_difference, summary
    from models.datasets.fleet import Role
    from persona.editor import proposer
    from toolchain.bundle import Bundle

    bundle = Bundle.open(bundle_path)
    encode = bundle.inputs[0].encode
    subjects = [
        Subject(d.name, encode(d.context), encode(d.inputs), d.labels)
        for d in trained.fleet.devices(Role.HELD_OUT)[:devices]
    ]
    with seconds.stage("personalise") as progress:
        outcomes = play(lambda: booted(image), Personalisation(bundle, proposer(bundle)), subjects, progress)
    return summary(image, bundle, subjects, outcomes) | {"difference": first_difference(outcomes)}


def _print(output: Output, result: dict[str, Any]) -> None:
    verified, total = result["inferences_verified"], result["inferences_total"]
    output.say(f"{result['devices']} held-out devices on {result['board']}, seed {result['seed']}, all measured:")
    output.table(
        [
            ("accuracy on device outputs, before the edit", f"{result['accuracy_before']:.3f}"),
            ("accuracy on device outputs, after the edit", f"{result['accuracy_after']:.3f}"),
            ("inferences equal to the reference, bit by bit", f"{verified} of {total}"),
            (
                "embeddings equal to the reference, bit by bit",
                f"{result['embeddings_verified']} of {result['embeddings_total']}",
            ),
            ("an edit on the wire", _wire(result, "edit")),
            ("a context on the wire", _wire(result, "context")),
            ("flash", f"{result['flash_bytes']:,} bytes"),
            ("RAM", f"{result['ram_bytes']:,} bytes"),
            ("adaptive buffer", f"{result['adaptive_bytes']:,} bytes"),
            *((f"seconds: {stage}", f"{value:.1f}") for stage, value in result["seconds"].items()),
        ]
    )


def _wire(result: dict[str, Any], what: str) -> str:
    milliseconds = 1000 * result[f"{what}_line_seconds"]
    return f"{result[f'{what}_wire_bytes']:,} bytes, {milliseconds:.0f} ms at {result['baud']:,} baud"
