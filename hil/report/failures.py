"""What failed, with its message and the ends of its logs; and why something was skipped."""

from __future__ import annotations

from collections.abc import Mapping

from hil.report.folder import Recorded
from hil.report.html import Html, join, tag
from hil.report.matrix import badge
from hil.report.run import FAILED, SKIPPED, Result, Run
from hil.report.table import Column, Row, table


def failures(recorded: Recorded) -> Html:
    """An article for each failure."""
    found = [
        _failure(result, recorded.logs.get(place, {}))
        for place, result in enumerate(recorded.run.results)
        if result.verdict == FAILED
    ]
    return join(*found) if found else tag("p", "Nothing failed.")


def skipped(run: Run) -> Html:
    """A row for everything that was skipped; nothing where all ran."""
    rows = [
        Row([result.board, result.scenario, result.reason or "no reason was given"], SKIPPED)
        for result in run.results
        if result.verdict == SKIPPED
    ]
    if not rows:
        return Html("")
    return table("Skipped, and why", [Column("board"), Column("scenario"), Column("reason")], rows)


def _failure(result: Result, logs: Mapping[str, str]) -> Html:
    message = result.failure_message or result.reason or "no message was kept"
    title = tag("h3", tag("span", result.board, " · ", result.scenario), badge(FAILED, result.failure_class))
    kept = [
        tag("details", tag("summary", tag("b", name), " the last lines"), _log(name, log)) for name, log in logs.items()
    ]
    where = tag("p", "all evidence: ", tag("code", f"{result.evidence}"), class_="note") if result.evidence else None
    return tag(
        "article",
        title,
        _log("message", message),
        *(kept or [tag("p", "No logs were kept.", class_="note")]),
        where,
        class_="failure",
        data_verdict=FAILED,
    )


def _log(name: str, content: str) -> Html:
    return tag("pre", content or "(empty)", tabindex="0", role="region", aria_label=name)
