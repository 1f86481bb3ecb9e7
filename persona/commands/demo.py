"""`persona demo`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from persona.extras import needs
from persona.help import Command
from persona.options import BOARD, FOLDER, SEED, board_help, dataset_options
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from firmware_bridge.image import Image
    from hil.personalise import Subject
    from models.trained import Trained
    from toolchain.bundle import Bundle


_PROVEN: Final = ("inferences", "embeddings", "summaries")
_DEVICE_ID: Final = bytes.fromhex("00000000000000de")


@click.command("demo", cls=Command, short_help="The whole road, measured: train, compile, build, boot, edit, verify.")
@click.option("--board", type=BOARD, default="posix", show_default=True, help=board_help)
@click.option("--seed", type=SEED, metavar="N", default=0, show_default=True, help="Of data and training.")
@dataset_options
@click.option("--devices", type=click.IntRange(1), metavar="N", help="How many held-out devices. [all]")
@click.option("--control", is_flag=True, help="Also train the base for as long as the editor, and score that.")
@click.option("--workdir", type=FOLDER, help="Keep trained model, bundle and firmware here. [a temporary folder]")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    board: str,
    seed: int,
    dataset: str | None,
    fold: int,
    devices: int | None,
    control: bool,
    workdir: Path | None,
    json_target: str | None,
) -> None:
    """Personalise a running device from nothing, and prove it.

    Trains a model on a fleet of devices (simulated ones, or those of --dataset), compiles it, builds and boots the
    firmware, and then, for each device that training never saw: infers its windows, uploads a summary of its context
    (statistics of int8 embeddings, never raw inputs), makes the edit, signs and sends it, reads the bank back, and
    infers again. Every output and every embedding is compared with the NumPy reference, bit by bit; the exit code is 0
    only if all are equal.

    The firmware is a release build, which takes only edits that are signed with its key; --workdir keeps the key too.

    Examples:
        persona demo --board posix
        persona demo --board mps2-an386 --seed 3 --json out.json
        persona demo --dataset wisdm --board mps2-an386 --json -
    """
    output = Output(json_target)
    seconds = Seconds()
    with needs("compile,train"), _folder(workdir) as folder:
        result = _play(_make(Task(seed, dataset, fold), board, folder, seconds), devices, seconds, control=control)
    result |= {"seed": seed, "seconds": seconds.stages | {"total": round(sum(seconds.stages.values()), 3)}}
    _print(output, result)
    output.result(result)
    if any(result[f"{what}_verified"] != result[f"{what}_total"] for what in _PROVEN):
        from hil.errors import WrongResultError

        raise WrongResultError("the device's answers are not those of the reference", received=result["difference"])


@dataclass(frozen=True)
class Task:
    """What is learned: the fold of a data set, or the digits fleet."""

    seed: int
    dataset: str | None
    fold: int


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


def _make(task: Task, board: str, folder: Path, seconds: Seconds) -> _Made:
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
        trained = train(task.seed, progress, dataset=task.dataset, fold=task.fold)
        trained.save(folder / "trained")
    with seconds.stage("compile") as progress:
        export_bundle(trained, folder / "bundle", progress=progress)
    with seconds.stage("build") as progress:
        settings = BuildSettings(release=True, key=DeviceKey(_DEVICE_ID, device_key(fleet_key, _DEVICE_ID)))
        image = build(folder / "bundle", platform, folder / "build", progress, settings=settings)
    return _Made(trained, folder / "bundle", image, fleet_key)


def _play(made: _Made, devices: int | None, seconds: Seconds, *, control: bool) -> dict[str, Any]:
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
    told: dict[str, Any] = {}
    if control:
        with seconds.stage("control"):
            told["accuracy_control"] = _control(made.trained, bundle, subjects)
    told |= {
        "codec": manner.codec.name.lower(),
        "signed": True,
        "fleet": made.trained.fleet.to_json(),
        "difference": first_difference(outcomes),
    }
    return _counted(summary(made.image, bundle, subjects, outcomes) | told)


def _control(trained: Trained, bundle: Bundle, subjects: Sequence[Subject]) -> float:
    """Mean accuracy, in the device's arithmetic, of the base that was trained on for as long as the editor was."""
    import numpy as np

    from models.rivals.bench import Bench
    from toolchain.reference import Reference

    bank, reference, output = Bench.of(trained).one_head.numpy(), Reference(bundle.model), bundle.outputs[0]
    rights = []
    for subject in subjects:
        raw = b"".join(reference.run([window], bank).output_bytes[: output.nbytes] for window in subject.evaluation)
        scores = output.decode(output.parse(raw)).reshape(len(subject.labels), -1)
        rights.append((scores.argmax(1) == subject.labels).mean())
    return round(float(np.mean(rights)), 6)


def _counted(result: dict[str, Any]) -> dict[str, Any]:
    """`result` with everything that was compared bit by bit in two sums."""
    sums = {word: sum(result[f"{what}_{word}"] for what in _PROVEN) for word in ("verified", "total")}
    return result | sums


def _print(output: Output, result: dict[str, Any]) -> None:
    verified, total = result["inferences_verified"], result["inferences_total"]
    fleet = result["fleet"]["name"]
    output.say(
        f"{result['devices']} held-out devices of {fleet} on {result['board']}, seed {result['seed']}, measured:"
    )
    output.table(
        [
            ("accuracy on device outputs, before the edit", f"{result['accuracy_before']:.3f}"),
            ("accuracy on device outputs, after the edit", f"{result['accuracy_after']:.3f}"),
            *(
                [("  the control: the base trained as long as the editor", f"{result['accuracy_control']:.3f}")]
                if "accuracy_control" in result
                else []
            ),
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
