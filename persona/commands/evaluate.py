"""`persona evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.extras import needs
from persona.help import Command
from persona.options import FOLDER
from persona.output import Output, OutputError, json_option, write_whole
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from models.evaluation.piece import Piece
    from models.evaluation.study import Report, Study


@click.command("evaluate", cls=Command, short_help="Persona and its rivals on devices that nothing has seen.")
@click.argument("dataset", metavar="DATASET")
@click.option("--model", "network", metavar="M", help="A network by name. [that of the data set's recipe]")
@click.option("--editors", metavar="A,B,..", help="Methods by name; the base is always shown. [all that apply]")
@click.option("--folds", type=click.IntRange(1), metavar="N", help="Folds by device. [6, digits_fleet 1]")
@click.option("--seeds", type=click.IntRange(1), metavar="N", default=3, show_default=True, help="Seeds 0 to N - 1.")
@click.option(
    "--context", type=click.IntRange(1), metavar="N", help="Windows that an editor sees. [20, digits_fleet 32]"
)
@click.option("--guard/--no-guard", "guarded", default=True, help="Whether a guard may refuse edits besides. [yes]")
@click.option("--sweep", type=click.Choice(["T", "N_M"]), help="Sweep T or the number of prototypes instead.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write a plot as SVG here.")
@click.option(
    "--budget", type=click.FloatRange(0, min_open=True), metavar="X", default=1.0, help="Scale all training. [1]"
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", default=2, show_default=True, help="Processes.")
@click.option("--cache", "folder", type=FOLDER, help="Keep finished units here, to go on after an interruption.")
@json_option
def command(  # noqa: PLR0913  # each option is one
    *,
    dataset: str,
    network: str | None,
    editors: str | None,
    folds: int | None,
    seeds: int,
    context: int | None,
    guarded: bool,
    sweep: str | None,
    plot: Path | None,
    budget: float,
    jobs: int,
    folder: Path | None,
    json_target: str | None,
) -> None:
    """Evaluate editors on the devices of DATASET that neither the base nor the editor has seen.

    DATASET is digits_fleet, wisdm, usps_mnist, mnist_usps, beauty, beauty_active, or the path of an .npz file (x, y,
    device) or of a folder in the manner of UCI HAR. Known sets are looked for in the folder that PERSONA_DATA names.

    For each fold and seed a base is trained and compiled; editors learn from the real outputs of its int8 layers, and
    what is reported is the accuracy of the device's arithmetic, with that of the float network beside it. Every
    choice is made on validation devices. The intervals are bootstrapped over devices.

    Examples:
        persona evaluate wisdm --json -
        persona evaluate wisdm --editors persona,ridge --folds 6 --seeds 3 --cache out/wisdm
        persona evaluate digits_fleet --sweep T --plot t.svg
    """
    output = Output(json_target)
    names = None if editors is None else tuple(name.strip() for name in editors.split(",") if name.strip())
    with needs("compile,train"):
        from models.evaluation.opening import open_study
        from models.evaluation.request import Request

        study = open_study(Request(dataset, network, names, folds, seeds, context, guarded, budget, sweep))
        report = _run(study, jobs, folder)
    output.say(report.text)
    if plot is not None:
        _write_plot(plot, report)
    output.result(report.values)


def _run(study: Study, jobs: int, folder: Path | None) -> Report:
    """Compute what is missing, and tell people how far it is."""
    from models.evaluation.cache import Cache
    from models.evaluation.workers import run_all

    progress, pieces, done = ProgressBar(), study.pieces(), 0

    def finished(piece: Piece, seconds: float | None) -> None:
        nonlocal done
        done += 1
        progress(piece.name if seconds is None else f"{piece.name} ({seconds:.0f} s)", done - 1, len(pieces))

    progress("units", 0, len(pieces))
    results = run_all(pieces, Cache(folder), jobs, finished)
    progress.close()
    return study.report(results)


def _write_plot(path: Path, report: Report) -> None:
    if report.plot is None:
        raise OutputError("this evaluation has no plot", remedy="leave --plot away")
    with needs("study"):
        write_whole(path, report.plot().encode())
