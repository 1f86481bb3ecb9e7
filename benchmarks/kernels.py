"""What inferences cost, beside recorded figures of other runtimes: `make bench`, or `python -m benchmarks.kernels`.

Measures all cases, prints the tables, and writes docs/benchmarks.md, docs/plots/benchmarks.svg and expected.json. With
--models, --boards or --optimise only some, and nothing is written; with --update their counts go into expected.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import float_head
from benchmarks.bars import svg
from benchmarks.cases import CASES, CORES, MODELS, Case, Workshop, model_file
from benchmarks.expected import changes, entry_of, load, save
from benchmarks.page import page, panels, summary
from firmware_bridge.build_settings import OPTIMISATIONS
from firmware_bridge.platforms import platform_named
from hil import qemu
from hil.bench.figures import Figures
from hil.bench.program import require_tools
from toolchain.errors import PersonaError

_DOCS: Final = Path(__file__).resolve().parent.parent / "docs"


def versions() -> dict[str, str]:
    """What the figures were made with."""
    compiler = platform_named(CASES[0].board).compiler
    asked = {"QEMU": [qemu.program(CASES[0].board), "--version"], "GCC": [compiler, "-dumpfullversion"]}
    found = {}
    for name, command in asked.items():
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()[0]
        found[name] = told.removeprefix("QEMU emulator version ").partition(" ")[0]
    return found


def measure(cases: Sequence[Case]) -> dict[Case, Figures]:
    """Measure `cases`, with a line on standard error for each.

    Raises:
        PersonaError: a model or a tool is missing, or an output is wrong.
    """
    for case in cases:
        require_tools(platform_named(case.board))
        if case.model != float_head.NAME:
            model_file(case.model)
    measured = {}
    with tempfile.TemporaryDirectory(prefix="persona-benchmarks-") as folder:
        workshop = Workshop(Path(folder))
        for case in cases:
            figures = measured[case] = workshop.measure(case)
            sys.stderr.write(f"{case}: {figures.instructions:,} instructions, {figures.flash_bytes:,} bytes of flash\n")
    return measured


def _changes(measured: dict[Case, Figures]) -> list[str]:
    expected = load()
    return [
        f"{case}: {change}"
        for case, figures in measured.items()
        if case in expected
        for change in changes(expected[case], entry_of(figures))
        if change.is_growth or change.is_shrinkage
    ]


def _write(measured: dict[Case, Figures], *, docs: bool) -> None:
    made_with = versions()
    kept = {} if docs else load()
    save({**kept, **{case: entry_of(figures) for case, figures in measured.items()}}, made_with["GCC"])
    if docs:
        (_DOCS / "benchmarks.md").write_text(page(measured, made_with))
        (_DOCS / "plots" / "benchmarks.svg").write_text(svg(panels(measured)))


def _cases(options: argparse.Namespace) -> list[Case]:
    return [
        case
        for case in CASES
        if case.model in options.models and case.board in options.boards and case.optimise in options.optimise
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kernels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    everything = {"models": (*MODELS, float_head.NAME), "boards": tuple(CORES), "optimise": tuple(OPTIMISATIONS)}
    for name, known in everything.items():
        parser.add_argument(f"--{name}", nargs="+", choices=known, default=known, help="only these")
    parser.add_argument("--update", action="store_true", help="put the counts of some cases into expected.json")
    parser.add_argument("--print-only", action="store_true", help="write nothing, even if all cases are measured")
    options = parser.parse_args(arguments)
    cases = _cases(options)
    try:
        measured = measure(cases)
        moved = _changes(measured)
        complete = len(cases) == len(CASES)
        if not options.print_only and (complete or options.update):
            _write(measured, docs=complete)
    except PersonaError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write("\n".join(summary(measured)) + "\n")
    if moved:
        sys.stdout.write("\nAgainst expected.json as it was:\n" + "".join(f"  {line}\n" for line in moved))
    return 0


if __name__ == "__main__":
    sys.exit(main())
