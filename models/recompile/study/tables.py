"""The figures as tables of markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from models.evaluation.table import markdown
from models.recompile.methods.registry import METHODS
from models.recompile.study.families import AGAIN, WIDE
from models.recompile.study.figures import Point, Row, grouped, point, transport
from models.recompile.study.piece import COUNTS
from models.store.filling import FILE_ORDER, HASH

ASKED: Final = (*COUNTS, None)
_HEAD: Final = (
    "method",
    "examples",
    "users",
    "new base",
    "edited",
    "old base",
    "edited",
    "recovered",
    "95 % interval",
    "worst user",
    "accepted",
    "with gate",
    "ms a user",
)


def points(rows: Sequence[Row], method: str, target: str, rule: str = HASH) -> dict[int | None, Point]:
    """The points of one curve, by the number of examples asked for (None: all)."""
    groups = grouped(rows, "method", "target", "rule", "asked")
    found = {asked: point(groups.get((method, target, rule, asked), []), asked) for asked in ASKED}
    return {asked: each for asked, each in found.items() if each is not None}


def curves_table(rows: Sequence[Row], target: str) -> str:
    """Every method from the narrow base to `target`, by number of examples."""
    body = [_cells(method, asked, each) for method in METHODS for asked, each in points(rows, method, target).items()]
    return markdown(_HEAD, body)


def order_table(rows: Sequence[Row]) -> str:
    """The control: `ridge` where the frozen set is the later half of each recording instead of a choice by hash."""
    body = [_cells("ridge", asked, each) for asked, each in points(rows, "ridge", WIDE, FILE_ORDER).items()]
    return markdown(_HEAD, body)


def _cells(method: str, asked: int | None, each: Point) -> tuple[str, ...]:
    return (
        method,
        "all" if asked is None else str(asked),
        str(each.users),
        f"{each.before:.3f}",
        f"{each.after:.3f}",
        f"{each.old_before:.3f}",
        f"{each.old_after:.3f}",
        f"{each.share:.0%}",
        f"{each.low:.0%} .. {each.high:.0%}",
        f"{each.worst:+.3f}",
        f"{each.accepted} of {each.runs}",
        f"{each.gated:.3f}",
        f"{1000 * each.seconds:.0f}",
    )


def transport_table(rows: Sequence[Row]) -> str:
    """What became of carrying edits over, and what would have become of those that fit."""
    head = ("method", "to", "old edits", "refused", "shape would fit", "unedited", "if forced")
    body = []
    for method in METHODS:
        for target in (WIDE, AGAIN):
            own = [row for row in rows if (row["method"], row["target"]) == (method, target)]
            each = transport([row for row in own if row["rule"] != FILE_ORDER])
            fits = str(each.fits) if each.adapters is None else f"{each.fits} (adapters: {each.adapters})"
            forced = "-" if each.forced is None else f"{each.forced:.3f}"
            body.append((method, target, str(each.tried), str(each.refused), fits, f"{each.unedited:.3f}", forced))
    return markdown(head, body)


def users_table(rows: Sequence[Row], method: str) -> str:
    """Each user on its own, with all its examples, means over seeds."""
    head = ("user", "examples", "new base", "edited", "old base", "edited", "recovered", "accepted")
    own = [r for r in rows if (r["method"], r["target"], r["rule"]) == (method, WIDE, HASH) and r["asked"] is None]
    body = []
    for (user,), group in sorted(grouped(own, "user").items(), key=lambda item: _natural(str(item[0][0]))):
        each = point(group, None)
        if each is not None:
            gain = each.old_after - each.old_before
            share = f"{each.share:.0%}" if gain > 0 else "-"
            figures = (each.before, each.after, each.old_before, each.old_after)
            told = [f"{value:.3f}" for value in figures]
            body.append((user, f"{each.examples:.0f}", *told, share, f"{each.accepted} of {each.runs}"))
    return markdown(head, body)


def _natural(name: str) -> tuple[str, int]:
    head, _, tail = name.rpartition("-")
    return (head, int(tail)) if tail.isdigit() else (name, 0)
