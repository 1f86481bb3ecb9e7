"""`persona train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from persona.extras import needs
from persona.help import Command
from persona.options import FOLDER, SEED, dataset_options, named_values
from persona.output import Output, json_option
from persona.progress import ProgressBar


@click.command("train", cls=Command, short_help="Train a base model, its prototypes and their editor.")
@click.option("-o", "--output", "target", type=FOLDER, default=Path("trained"), show_default=True, help="Where to.")
@click.option("--seed", type=SEED, metavar="N", default=0, show_default=True, help="Same seed, same model.")
@dataset_options
@click.option(
    "--network",
    metavar="ARGUMENT=WIDTHS",
    multiple=True,
    callback=named_values,
    help="Change an argument of the network, several times if need be: hidden=48, channels=24,48,72. An unknown one is "
    "answered with those that there are.",
)
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *, target: Path, seed: int, dataset: str | None, fold: int, network: dict[str, str], json_target: str | None
) -> None:
    """Train a base model, its prototypes and their editor on a fleet of devices.

    Without --dataset the devices are simulated: they show scikit-learn's handwritten digits, each with its own
    rotation, contrast, blur and noise. Base and editor learn from different devices; other devices again choose T, and
    those of the fold are held out for `persona demo`. The folder appears whole or not at all.

    With --network the same devices get a wider or narrower base: `persona recompile` moves their users to it.

    Examples:
        persona train --seed 1 -o trained
        persona train --dataset wisdm --fold 2 -o trained
        persona train --network channels=24,48,72 --network embedding=48 --network hidden=36 -o wide
        persona compile trained -o digits.bundle
    """
    output = Output(json_target)
    with needs("train"):
        from models.train import train
    progress = ProgressBar()
    trained = train(seed, progress, dataset=dataset, fold=fold, network=network)
    progress.close()
    trained.save(target)
    report = trained.report
    validation = report["validation"]
    output.say(f"trained {target} with seed {seed} on {trained.fleet.to_json()['name']}")
    output.table(
        [
            ("network", _described(trained.network)),
            ("adaptive parameters", trained.layout.size),
            ("prototypes", len(trained.prototypes) - 1),
            ("T", validation["clip"]),
            ("accuracy on validation devices, factory head", f"{validation['accuracy_before']:.3f}"),
            ("accuracy on validation devices, edited", f"{validation['accuracy_after']:.3f}"),
            ("seconds", f"{sum(report['seconds'].values()):.1f}"),
        ]
    )
    told = {"name": trained.network.name, "config": trained.network.config()}
    output.result({"path": str(target), "network": told, "fleet": trained.fleet.to_json(), **report})


def _described(network: Any) -> str:
    """The name and the arguments, as --network takes them."""
    values = network.config().items()
    shown = (f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}" for name, value in values)
    return f"{network.name} {' '.join(shown)}"
