"""`persona train`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.extras import needs
from persona.help import Command
from persona.options import FOLDER, SEED, dataset_options
from persona.output import Output, json_option
from persona.progress import ProgressBar


@click.command("train", cls=Command, short_help="Train a base model, its prototypes and their editor.")
@click.option("-o", "--output", "target", type=FOLDER, default=Path("trained"), show_default=True, help="Where to.")
@click.option("--seed", type=SEED, metavar="N", default=0, show_default=True, help="Same seed, same model.")
@dataset_options
@json_option
def command(*, target: Path, seed: int, dataset: str | None, fold: int, json_target: str | None) -> None:
    """Train a base model, its prototypes and their editor on a fleet of devices.

    Without --dataset the devices are simulated: they show scikit-learn's handwritten digits, each with its own
    rotation, contrast, blur and noise. Base and editor learn from different devices; other devices again choose T, and
    those of the fold are held out for `persona demo`. The folder appears whole or not at all.

    Examples:
        persona train --seed 1 -o trained
        persona train --dataset wisdm --fold 2 -o trained
        persona compile trained -o digits.bundle
    """
    output = Output(json_target)
    with needs("train"):
        from models.train import train
    progress = ProgressBar()
    trained = train(seed, progress, dataset=dataset, fold=fold)
    progress.close()
    trained.save(target)
    report = trained.report
    validation = report["validation"]
    output.say(f"trained {target} with seed {seed} on {trained.fleet.to_json()['name']}")
    output.table(
        [
            ("adaptive parameters", trained.layout.size),
            ("prototypes", len(trained.prototypes) - 1),
            ("T", validation["clip"]),
            ("accuracy on validation devices, factory head", f"{validation['accuracy_before']:.3f}"),
            ("accuracy on validation devices, edited", f"{validation['accuracy_after']:.3f}"),
            ("seconds", f"{sum(report['seconds'].values()):.1f}"),
        ]
    )
    output.result({"path": str(target), "fleet": trained.fleet.to_json(), **report})
