"""`python -m hil.powercut`: cut power, count the devices that recover, fail if one does not."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from firmware_bridge.build import build
from firmware_bridge.platforms import MPS2_AN386
from hil.library import build_library
from hil.powercut.board import Board
from hil.powercut.fittest import fittest_prototype
from hil.powercut.host import Host
from hil.powercut.plugin import StoreCounter
from hil.powercut.tally import Tally
from hil.powercut.update import Course
from toolchain.bundle import Bundle
from toolchain.errors import PersonaError

CUTS: Final = 300
_HOST: Final = "host"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 if every device recovered."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="persona-powercut-") as folder:
        try:
            tallies = _run(options, Path(folder))
        except PersonaError as error:
            _say(f"error: {error}")
            return error.exit_code
    _say(_table(tallies), to=sys.stderr if options.json == "-" else sys.stdout)
    if options.json is not None:
        _write(options.json, result(tallies))
    return 0 if all(tally.cuts == tally.recovered for tally in tallies.values()) else 1


def result(tallies: dict[str, Tally]) -> dict[str, dict[str, int]]:
    """The figures: of the host every store under every fault, of a board its evenly spread cuts."""
    figures = {}
    for name, tally in tallies.items():
        last = {"second_cuts": tally.second_cuts} if name == _HOST else {"stores": tally.stores}
        figures[name] = {"cuts": tally.cuts.total(), "recovered": tally.recovered.total(), **last}
    return figures


def _run(options: argparse.Namespace, folder: Path) -> dict[str, Tally]:
    bundle = Bundle.open(_trained(folder) if options.bundle is None else options.bundle)
    course = Course(bundle, bundle.base, fittest_prototype(bundle))
    _say("cutting on this machine")
    host = Host(build_library(bundle.path, folder / "library"), course)
    tallies = {_HOST: host.run()}
    host.close()
    if options.cuts:
        _say(f"cutting on {MPS2_AN386.name}")
        image = build(bundle.path, MPS2_AN386, folder / "image")
        tallies[MPS2_AN386.name] = Board(image, course, StoreCounter.build(folder), folder).run(options.cuts)
    return tallies


def _trained(folder: Path) -> Path:
    """The bundle of the default model."""
    from models.export import export_bundle
    from models.train import train

    _say("training the default model (--bundle takes one that is there)")
    export_bundle(train(0), folder / "bundle")
    return folder / "bundle"


def _say(line: str, to: TextIO | None = None) -> None:
    stream = to or sys.stderr
    stream.write(line + "\n")
    stream.flush()


def _table(tallies: dict[str, Tally]) -> str:
    rows = [f"{'device':<12} {'fault':<10} {'cuts':>6} {'recovered':>10}"]
    for name, tally in tallies.items():
        rows += [f"{name:<12} {kind:<10} {n:>6} {tally.recovered[kind]:>10}" for kind, n in tally.cuts.items()]
        more = f", {tally.second_cuts} of them cut again in recovery" if tally.second_cuts else ""
        rows.append(f"{name}: {tally.stores} stores in an update; the old bank stayed {tally.kept} times{more}")
        rows += [f"first failure: {tally.first_failure}"] if tally.first_failure else []
    return "\n".join(rows)


def _write(target: str, figures: dict[str, Any]) -> None:
    text = json.dumps(figures)
    if target == "-":
        _say(text, to=sys.stdout)
    else:
        Path(target).write_text(text + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hil.powercut", description=__doc__)
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="whose firmware; without it the default is trained")
    parser.add_argument(
        "--cuts", type=int, default=CUTS, metavar="N", help="on the emulated M4, 0: none [%(default)s, evenly spread]"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE, - for standard output")
    return parser


if __name__ == "__main__":
    sys.exit(main())
