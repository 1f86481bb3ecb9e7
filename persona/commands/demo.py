"""`persona demo`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from persona.extras import needs
from persona.help import Command
from persona.options import BOARD, FOLDER, SEED, board_help
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from firmware_bridge.image import Image
    from models.trained import Trained


_PROVEN: Final = ("inferences", "embeddings", "summaries")
_DEVICE_ID: Final = bytes.fromhex("00000000000000de")


@click.command("demo", cls=Command, short_help="The whole road, measured: train, compile, build, boot, edit, verify.")
@click.option("--board", type=BOARD, default="posix", show_default=True, help=board_help)
@click.option("--seed", type=SEED, metavar="N", default=0, show_default=True, help="Of data and training.")
@click.option("--devices", type=click.IntRange(1), metavar="N", help="How many held-out devices. [all]")
@click.option("--workdir", type=FOLDER, help="Keep trained model, bundle and firmware here. [a temporary folder]")
@json_option
def command(*, board: str, seed: int, devices: int | None, workdir: Path | None, json_target: str | None) -> None:
    """Personalise a running device from nothing, and prove it.

    Trains a model on a fleet of simulated devices, compiles it, builds and boots the firmware, and then, for each
    device that training never saw: infers its windows, uploads a summary of its context (statistics of int8 embeddings,
    never raw inputs), makes the edit, signs and sends it, reads the bank back, and infers again. Every output and every
    embedding is compared with the NumPy reference, bit by bit; the exit code is 0 only if all are equal.

    The firmware is a release build, which takes only edits that are signed with its key; --workdir keeps the key too.

    Examples:
        persona demo --board posix
        persona demo --board mps2-an386 --seed 3 --json out.json
    """
    output = Output(json_target)
    seconds = Seconds()
    with needs("compile,train"), _folder(workdir) as folder:
        result = _play(_make(seed, board, folder, seconds), devices, seconds)
    result |= {"seed": seed, "seconds": seconds.stages | {"total": round(sum(seconds.stages.values()), 3)}}
    _print(output, result)
    output.result(result)
    if any(result[f"{what}_verified"] != result[f"{what}_total"] for what in _PROVEN):
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


@dataclass(frozen=True)
class _Made:
    """What is played with."""

    trained: Trained
    bundle_path: Path
    image: Image
    fleet_key: bytes


def _fleet_key(path: Path) -> bytes:
    """The key that signs the edits; the one of an earlier run in the same folder, or a new one."""
    from toolchain.keys import new_fleet_key, read_fleet_key, write_fleet_key

    if not path.exists():
        write_fleet_key(path, new_fleet_key())
    return read_fleet_key(path)


def _make(seed: int, board: str, folder: Path, seconds: Seconds) -> _Made:
    """Train, compile and build."""
    with seconds.stage("import"):
        from firmware_bridge.build import build, require_compiler
        from firmware_bridge.build_settings import BuildSettings
        from firmware_bridge.platforms import platform_named
        from hil.emulator import require_emulator
        from models.export import export_bundle
        from models.train import train
        from toolchain.keys import DeviceKey, device_key

    platform = platform_named(board)
    # What is missing should be told before a minute of training, not after it.
    require_compiler(platform)
    require_emulator(board)
    fleet_key = _fleet_key(folder / "fleet.key")
    with seconds.stage("train") as progress:
        trained = train(seed, progress)
        trained.save(folder / "trained")
    with seconds.stage("compile") as progress:
        export_bundle(trained, folder / "bundle", progress=progress)
    with seconds.stage("build") as progress:
        settings = BuildSettings(release=True, key=DeviceKey(_DEVICE_ID, device_key(fleet_key, _DEVICE_ID)))
        image = build(folder / "bundle", platform, folder / "build", progress, settings=settings)
    return _Made(trained, folder / "bundle", image, fleet_key)


def _play(made: _Made, devices: int | None, seconds: Seconds) -> dict[str, Any]:
    """Personalise the held-out devices on the board."""
    from firmware_bridge.adapt import Manner
    from hil.emulator import booted
    from hil.personalise import Personalisation, Subject, play
    from hil.summary import first_difference, summary
    from models.datasets.fleet import Role
    from persona.editor import proposer
    from toolchain.bundle import Bundle
    from toolchain.edit import Codec

    bundle = Bundle.open(made.bundle_path)
    propose = proposer(bundle)
    manner = Manner(Codec.INT8 if bundle.latent is None else Codec.LATENT, fleet_key=made.fleet_key)
    scenario = Personalisation(bundle, propose, manner, windows=propose.windows)
    encode = bundle.inputs[0].encode
    subjects = [
        Subject(d.name, encode(d.context), encode(d.inputs), d.labels)
        for d in made.trained.fleet.devices(Role.HELD_OUT)[:devices]
    ]
    with seconds.stage("personalise") as progress:
        outcomes = play(lambda: booted(made.image), scenario, subjects, progress)
    told = {"codec": manner.codec.name.lower(), "signed": True, "difference": first_difference(outcomes)}
    return summary(made.image, bundle, subjects, outcomes) | told


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
            (f"an adaptation on the wire ({result['codec']}, signed)", _wire(result, "adapt")),
            ("  the context up", _wire(result, "context")),
            ("  the edit down, verified and applied", _wire(result, "edit")),
            ("flash", f"{result['flash_bytes']:,} bytes"),
            ("RAM", f"{result['ram_bytes']:,} bytes"),
            ("adaptive buffer", f"{result['adaptive_bytes']:,} bytes"),
            *((f"seconds: {stage}", f"{value:.1f}") for stage, value in result["seconds"].items()),
        ]
    )


def _wire(result: dict[str, Any], what: str) -> str:
    milliseconds = 1000 * result[f"{what}_line_seconds"]
    return f"{result[f'{what}_wire_bytes']:,} bytes, {milliseconds:.1f} ms at {result['baud']:,} baud"
