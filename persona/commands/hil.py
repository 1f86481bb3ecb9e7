"""`persona hil`."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from persona.extras import needs
from persona.help import Command, keep_examples
from persona.inventory import inventory_option, opened_inventory
from persona.options import FILE, FOLDER
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from hil.inventory.board import Board
    from hil.scenarios.result import Result
    from hil.scenarios.worker import Work

_RUN: Final = Path("out/hil")
_JOBS: Final = 2


_HELP: Final = """Play scenarios on boards, emulated or real, and judge every answer.

    A scenario is a YAML file: a name, a sentence, and steps (docs/scenarios.md). Both commands take --json FILE|-.

    Examples:
        persona hil list
        persona hil run --board all --json -
    """


@click.group("hil", help=keep_examples(_HELP), short_help="Play scenarios on boards, emulated or real, and judge them.")
def command() -> None:
    """The group; its commands do the work."""


@command.command("list", cls=Command, short_help="Show the scenarios and the steps that there are.")
@json_option
def list_command(json_target: str | None) -> None:
    """Show the scenarios that come with this package, and the steps that a file of your own may have."""
    output = Output(json_target)
    with needs("hil"):
        from hil.scenarios.described import scenario_rows, step_rows
        from hil.scenarios.shipped import find_scenarios, shipped_names

        scenarios = scenario_rows(find_scenarios(shipped_names()))
        steps = step_rows()
    output.say("scenarios")
    output.table([(row["name"], row["about"]) for row in scenarios])
    output.say()
    output.say("steps")
    output.table([(row["use"], row["about"]) for row in steps])
    output.result({"scenarios": scenarios, "steps": steps})


@command.command("run", cls=Command, short_help="Play scenarios on boards and compare every answer, bit by bit.")
@click.argument("scenarios", nargs=-1)
@click.option("--board", "boards", default="posix", show_default=True, metavar="ID[,ID]|all", help="On which boards.")
@inventory_option
@click.option("--bundle", type=FOLDER, help="What runs on them. [the digits bundle, trained once and kept]")
@click.option("--subject", type=FILE, help="An .npz file with the windows of a device. [the bundle's frozen set]")
@click.option("--jobs", type=click.IntRange(1), default=_JOBS, show_default=True, metavar="N", help="Boards at a time.")
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Play all N times.")
@click.option("--per-op", is_flag=True, help="Also count the instructions of each layer, where QEMU can.")
@click.option("-o", "--run", "run_folder", type=FOLDER, default=_RUN, show_default=True, help="Results and evidence.")
@json_option
def run_command(  # noqa: PLR0913  # one parameter for each option
    *,
    scenarios: tuple[str, ...],
    boards: str,
    inventory: Path | None,
    bundle: Path | None,
    subject: Path | None,
    jobs: int,
    repeat: int,
    per_op: bool,
    run_folder: Path,
    json_target: str | None,
) -> None:
    """Play SCENARIOS (names, files or folders; by default smoke, golden, adapt and durable) on each board.

    Every output is compared with the NumPy reference, bit by bit. Nothing is tried again. A board on which the bundle
    does not fit, or whose emulator is not installed, is skipped with the reason; the exit code is 0 only if nothing
    failed and something was played. The folder gets run.json and, for each board and scenario, what went over the line.

    Examples:
        persona hil run --board all --json -
        persona hil run smoke my-scenario.yaml --board mps2-an386,posix --bundle digits.bundle -o run
        persona hil run smoke --board all --repeat 100
    """
    output = Output(json_target)
    with needs("hil"):
        from hil.inventory.choice import chosen
        from hil.runners import flash
        from hil.scenarios.run_folder import make_run_folder
        from hil.scenarios.shipped import find_scenarios
        from hil.scenarios.worker import Work

        played = find_scenarios(scenarios)
        on = chosen(boards, opened_inventory(inventory, output)[1], bench=inventory is not None)
    make_run_folder(run_folder)
    if bundle is None:
        bundle, subject = _default_bundle(subject)
    paths = (bundle.resolve(), run_folder.resolve())
    works = [Work(board, played, *paths, _editor, subject, repeat, flash, per_op=per_op) for board in on]
    run = _run(works, jobs, run_folder)
    _print(output, run, run_folder)
    output.result(run)
    _judge(run)


def _default_bundle(subject: Path | None) -> tuple[Path, Path]:
    with needs("compile,train"):
        from persona.default_bundle import default_bundle

        progress = ProgressBar()
        made = default_bundle(progress)
        progress.close()
    return made.bundle, subject or made.subject


def _editor(bundle: Any) -> Any:
    """The editor of a bundle, if it brings one; called in the processes that play."""
    from models.runtime import JSON
    from persona.editor import proposer

    return proposer(bundle) if JSON in bundle.files else None


def _run(works: Sequence[Work], jobs: int, run_folder: Path) -> dict[str, Any]:
    """Play, write run.json (also when Ctrl-C ends it), and give what --json prints."""
    from hil.scenarios.matrix import run_matrix
    from hil.scenarios.run_folder import board_rows, document, write_run
    from toolchain.bundle import Bundle

    bundle = Bundle.open(works[0].bundle)
    started, begun, came = datetime.now(timezone.utc), time.monotonic(), list[Any]()

    def take(result: Result) -> None:
        came.append(result)
        _tell(result.board, result)

    try:
        with _sigterm_as_ctrl_c():
            came = run_matrix(works, jobs, take, lambda *_step: None)
    finally:
        seconds = time.monotonic() - begun
        write_run(run_folder, document(bundle, came, sys.argv, started, seconds))
    rows = board_rows(came)
    return {
        "run": str(run_folder),
        "bundle": bundle.name,
        "seconds": round(seconds, 3),
        **{word: sum(row[word] for row in rows) for word in ("verified", "total", "passed", "failed", "skipped")},
        "boards": rows,
    }


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """A CI job that is cancelled gets SIGTERM; it should end as orderly."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(board: Board, result: Result) -> None:
    why = result.failure.failure.value if result.failure else result.reason.partition("\n")[0]
    seconds = sum(result.record.latency_s.values())
    click.echo(f"{board.id}: {result.scenario} {result.verdict} {why or f'in {seconds:.1f} s'}", err=True)


def _print(output: Output, run: dict[str, Any], run_folder: Path) -> None:
    output.say(f"{run['bundle']}, {run['seconds']:.1f} s, evidence in {run_folder}")
    head = ("board", "core", "verdict", "verified", "flash", "RAM", "instructions")
    output.say("  {:<16} {:<11} {:<8} {:>15} {:>9} {:>9} {:>13}".format(*head))
    for row in run["boards"]:
        numbers = ["-" if row[key] is None else f"{row[key]:,}" for key in ("flash_bytes", "ram_bytes", "instructions")]
        cells = (row["board"], row["core"], row["verdict"], f"{row['verified']:,}/{row['total']:,}", *numbers)
        output.say("  {:<16} {:<11} {:<8} {:>15} {:>9} {:>9} {:>13}".format(*cells))


def _judge(run: dict[str, Any]) -> None:
    """Nothing failed, and something was played.

    Raises:
        HilError: else.
    """
    from hil.errors import HilError

    bad = [f"{row['board']}: {_why(row)}" for row in run["boards"] if row["failed"]]
    if bad:
        raise HilError(f"{run['failed']} result(s) failed", received="\n".join(bad))
    if not run["passed"]:
        reasons = "\n".join(f"{row['board']}: {row['reason']}" for row in run["boards"])
        raise HilError("nothing was played", received=reasons, remedy="choose other boards, or another bundle")


def _why(row: dict[str, Any]) -> str:
    return row["reason"] if row["failure"] is None else f"{row['failure']['class']}: {row['failure']['message']}"
