"""The figures to reach, each held against what was reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.recompile.methods.registry import METHODS
from models.recompile.study.families import AGAIN, WIDE
from models.recompile.study.figures import Point, Row, transport
from models.recompile.study.tables import points
from models.reproduce.bars import Bar
from models.store.filling import FILE_ORDER

AT_MOST_EXAMPLES: Final = 0.95
AT_20: Final = 0.70
LOSS: Final = 0.02
SECONDS: Final = 0.5


def bars(family: str, rows: Sequence[Row]) -> Iterator[Bar]:
    """Every figure of one family, for the default method first."""
    tried = [
        transport([row for row in rows if row["rule"] != FILE_ORDER and (row["method"], row["target"]) == pair])
        for pair in ((method, target) for method in METHODS for target in (WIDE, AGAIN))
    ]
    refused, total = sum(each.refused for each in tried), sum(each.tried for each in tried)
    yield Bar(f"{family}: transport refused", "100%", f"{refused} of {total}", refused == total > 0)
    for method in METHODS:
        found = points(rows, method, WIDE)
        if None in found:
            yield _share(f"{family}, {method}, all examples: recovered", AT_MOST_EXAMPLES, found[None])
            worst = found[None].worst
            told = f"{worst:+.3f} (single runs {found[None].worst_run:+.3f}, with gate {found[None].gated_worst:+.3f})"
            name = f"{family}, {method}, all examples: worst user against the unedited new base"
            yield Bar(name, f">= {-LOSS:+.3f}", told, worst >= -LOSS)
            slowest = max(each.slowest for each in found.values())
            yield Bar(f"{family}, {method}: slowest user", f"< {SECONDS} s", f"{slowest:.3f} s", slowest < SECONDS)
        if 20 in found:  # noqa: PLR2004  # the number of the issue
            yield _share(f"{family}, {method}, 20 examples: recovered", AT_20, found[20])


def _share(name: str, wanted: float, found: Point) -> Bar:
    return Bar(
        name, f">= {wanted:.0%}", f"{found.share:.0%} ({found.low:.0%} .. {found.high:.0%})", found.share >= wanted
    )
