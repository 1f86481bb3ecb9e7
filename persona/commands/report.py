"""`persona report`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.help import Command
from persona.options import FILE, FOLDER
from persona.output import Output, json_option, write_whole


@click.command("report", cls=Command, short_help="Make one page of a run on boards.")
@click.argument("run", type=FOLDER)
@click.option("-o", "--output", "target", type=FILE, default=Path("report.html"), show_default=True, help="The page.")
@json_option
def command(*, run: Path, target: Path, json_target: str | None) -> None:
    """Make one page of RUN, a folder that `persona hil run` made.

    The page is one file that needs no network: verdicts, accuracy before and after, memory, instructions, bytes on the
    wire, edits, and the logs of what failed. It appears whole or not at all. The exit code says whether it was made,
    whatever the verdicts.

    Examples:
        persona report run -o report.html
        persona report run -o report.html --json -
    """
    from hil.report.folder import read_run
    from hil.report.page import page
    from hil.report.totals import totals

    output = Output(json_target)
    recorded = read_run(run)
    content = page(recorded).encode()
    write_whole(target, content)
    found = totals(recorded.run)
    output.say(f"wrote {target}: {found['boards']:,} board(s), {found['failed']:,} failed result(s)")
    output.result({"path": str(target), "bytes": len(content), **found})
