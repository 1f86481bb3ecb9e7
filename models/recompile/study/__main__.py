"""The experiment: `python -m models.recompile.study`. What is finished is kept, so that it may be interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from models.datasets.registry import open_recordings
from models.evaluation.cache import Cache
from models.evaluation.origin import origin
from models.evaluation.piece import Piece
from models.evaluation.selection import pick
from models.evaluation.workers import run_all
from models.recompile.study.document import Chapter, document
from models.recompile.study.families import FAMILIES, Family
from models.recompile.study.plot import share_plot
from toolchain.errors import PersonaError
from toolchain.whole_file import write_whole

_RUNNER: Final = "models.recompile.study.piece:run_piece"


def main(arguments: Sequence[str] | None = None, stream: TextIO = sys.stderr) -> int:
    """Compute what is missing, then write the report; the exit code is that of the first error."""
    parser = argparse.ArgumentParser(prog="python -m models.recompile.study", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("out/recompile"), help="where finished units are kept")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where recompile.md and plots/ are written")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0 to N - 1")
    parser.add_argument("--only", help="names of data sets, with commas between them [all]")
    options = parser.parse_args(arguments)
    try:
        families = pick(options.only.split(","), FAMILIES, "data set") if options.only else list(FAMILIES.values())
        chapters, left_out = compute(families, Cache(options.cache), options, stream)
        write(options.docs, chapters, left_out)
    except PersonaError as error:
        stream.write(f"error: {error}\n")
        return error.exit_code
    return 0


def compute(
    families: Sequence[Family], cache: Cache, options: argparse.Namespace, stream: TextIO
) -> tuple[list[Chapter], dict[str, str]]:
    """The pieces of all families side by side; what is left out, and why."""
    opened, left_out = _open(families, options.seeds)
    every = [piece for pieces in opened.values() for piece in pieces]
    done = 0

    def finished(piece: Piece, seconds: float | None) -> None:
        nonlocal done
        done += 1
        stream.write(f"[{done}/{len(every)}] {piece.name}: {'kept' if seconds is None else f'{seconds:.0f} s'}\n")
        stream.flush()

    results = iter(run_all(every, cache, options.jobs, finished))
    chapters = []
    for name, pieces in opened.items():
        parts = [next(results) for _ in pieces]
        rows = [row for part in parts for row in part["rows"]]
        seconds = sum(cache.seconds(piece) for piece in pieces)
        chapters.append(Chapter(FAMILIES[name], rows, options.seeds, parts[0]["sizes"], seconds))
    return chapters, left_out


def _open(families: Sequence[Family], seeds: int) -> tuple[dict[str, list[Piece]], dict[str, str]]:
    opened: dict[str, list[Piece]] = {}
    left_out: dict[str, str] = {}
    for family in families:
        try:
            data = "made by its seed" if family.name == "digits_fleet" else open_recordings(family.name).digest
        except PersonaError as error:
            left_out[family.title] = error.what
            continue
        opened[family.name] = [
            _piece(family.name, fold, seed, data) for seed in range(seeds) for fold in range(family.folds)
        ]
    return opened, left_out


def _piece(family: str, fold: int, seed: int, data: str) -> Piece:
    arguments: dict[str, Any] = {"family": family, "fold": fold, "seed": seed}
    return Piece(f"{family}, fold {fold}, seed {seed}", _RUNNER, arguments, origin(data, "recompile", "store"))


def write(docs: Path, chapters: Sequence[Chapter], left_out: dict[str, str]) -> None:
    """`recompile.md`, and a plot for each data set.

    Raises:
        OSError: the folder cannot be written.
    """
    (docs / "plots").mkdir(parents=True, exist_ok=True)
    plots = {}
    for chapter in chapters:
        name = chapter.family.name
        plots[name] = f"plots/recompile-{name}.svg"
        write_whole(docs / plots[name], share_plot(chapter.family.title, chapter.rows).encode())
    write_whole(docs / "recompile.md", document(chapters, plots, left_out).encode())


if __name__ == "__main__":
    sys.exit(main())
