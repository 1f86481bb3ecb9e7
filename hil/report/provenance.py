"""Where the figures come from: bundle, command, date and versions."""

from __future__ import annotations

import shlex

from hil.report.boards import by_board
from hil.report.html import Content, Html, join, tag
from hil.report.numbers import missing, seconds, short_digest
from hil.report.run import Run


def provenance(run: Run) -> Html:
    """Names and values."""
    command = tag("code", shlex.join(run.command)) if run.command else missing()
    rows: list[tuple[str, Content]] = [
        ("bundle", run.bundle.get("name") or missing()),
        ("base fingerprint", _code(run.bundle.get("base"))),
        ("layout fingerprint", _code(run.bundle.get("layout"))),
        ("command", command),
        ("started", run.started or missing()),
        ("duration", seconds(run.seconds)),
        *((name, version) for name, version in run.versions.items()),
    ]
    rows += [
        (f"firmware of {board.name}", short_digest(board.first(lambda r: r.firmware_digest))) for board in by_board(run)
    ]
    return tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in rows))


def _code(value: str | None) -> Html:
    return tag("code", value) if value else missing()
