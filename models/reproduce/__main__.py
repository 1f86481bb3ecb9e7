"""Run the whole study: `python -m models.reproduce`. What is finished is kept, so that it may be interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from models.evaluation.cache import Cache
from models.evaluation.piece import Piece
from models.evaluation.selection import pick
from models.evaluation.study import Study
from models.evaluation.workers import run_all
from models.reproduce.chapter import Chapter, Written
from models.reproduce.document import document
from models.reproduce.program import CHAPTERS
from toolchain.errors import PersonaError
from toolchain.whole_file import write_whole

Opened = list[tuple[Chapter, Study, list[Piece]]]


def main(arguments: Sequence[str] | None = None, stream: TextIO = sys.stderr) -> int:
    """Compute what is missing, then write the report; the exit code is that of the first error."""
    parser = argparse.ArgumentParser(prog="python -m models.reproduce", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("out/reproduce"), help="where finished units are kept")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where results.md and plots/ are written")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--only", help="names of chapters, with commas between them [all]")
    options = parser.parse_args(arguments)
    try:
        known = {chapter.name: chapter for chapter in CHAPTERS}
        chosen = list(CHAPTERS) if options.only is None else pick(options.only.split(","), known, "chapter")
        written, left_out = compute(chosen, Cache(options.cache), options.jobs, stream)
        write(options.docs, written, left_out)
    except PersonaError as error:
        stream.write(f"error: {error}\n")
        return error.exit_code
    return 0


def compute(
    chapters: Sequence[Chapter], cache: Cache, jobs: int, stream: TextIO
) -> tuple[list[Written], dict[str, str]]:
    """Run all pieces of all chapters side by side; what is left out, and why."""
    opened, left_out = _open(chapters, stream)
    every = [piece for _, _, pieces in opened for piece in pieces]
    done = 0

    def finished(piece: Piece, seconds: float | None) -> None:
        nonlocal done
        done += 1
        took = "kept" if seconds is None else f"{seconds:.0f} s"
        stream.write(f"[{done}/{len(every)}] {piece.name}: {took}\n")
        stream.flush()

    results = iter(run_all(every, cache, jobs, finished))
    written = []
    for chapter, study, pieces in opened:
        report = study.report([next(results) for _ in pieces])
        seconds = sum(cache.seconds(piece) for piece in pieces)
        written.append(Written(chapter, report, list(chapter.bars(report.values)), seconds))
        stream.write(f"{chapter.name}: {seconds:.0f} s of one core\n")
    return written, left_out


def _open(chapters: Sequence[Chapter], stream: TextIO) -> tuple[Opened, dict[str, str]]:
    """The chapters whose data is at hand, and the first line of the error of each other one."""
    opened: Opened = []
    left_out: dict[str, str] = {}
    for chapter in chapters:
        found = _tried(chapter)
        if isinstance(found, PersonaError):
            left_out[chapter.title] = found.what
            stream.write(f"{chapter.name} is left out: {found}\n")
        else:
            opened.append((chapter, found, found.pieces()))
    return opened, left_out


def _tried(chapter: Chapter) -> Study | PersonaError:
    try:
        return chapter.study()
    except PersonaError as error:
        return error


def write(docs: Path, written: Sequence[Written], left_out: dict[str, str]) -> None:
    """`results.md`, and a plot for each chapter that has one.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = docs / "plots"
    folder.mkdir(parents=True, exist_ok=True)
    plots = {}
    for each in written:
        if each.report.plot is not None:
            plots[each.chapter.name] = f"plots/{each.chapter.name}.svg"
            write_whole(docs / plots[each.chapter.name], each.report.plot().encode())
    write_whole(docs / "results.md", document(written, plots, left_out).encode())


if __name__ == "__main__":
    sys.exit(main())
