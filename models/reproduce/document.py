"""docs/results.md: the figures to reach first, then a chapter for each study, then how all this was measured."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence

from models.evaluation.origin import versions
from models.evaluation.table import markdown
from models.reproduce.bars import Bar
from models.reproduce.chapter import Written

_HEAD = """\
# Results

Written by `make reproduce`; whoever changes a figure here by hand makes it wrong. All accuracies are those of the
device's arithmetic (int8 shared layers, float32 head, generated C) unless a column says otherwise, on devices that
neither base nor editor has seen. Every choice is made on validation devices. A gain is held against the same base on
the same devices; its interval is bootstrapped over devices (95 %, 9,999 resamples). What each method does is in
[models.md](models.md)."""


def document(chapters: Sequence[Written], plots: Mapping[str, str], left_out: Mapping[str, str]) -> str:
    """The whole text; `plots` are paths by chapter, `left_out` says why a chapter is missing."""
    parts = [_HEAD, _circumstances(chapters)]
    found = [bar for written in chapters for bar in written.bars]
    if found:
        parts += ["## Figures to reach", _bars(found)]
    parts += [written.markdown(plots.get(written.chapter.name)) for written in chapters]
    if left_out:
        parts += ["## Not here", "\n".join(f"- {name}: {why}" for name, why in left_out.items())]
    return "\n\n".join(parts) + "\n"


def _circumstances(chapters: Sequence[Written]) -> str:
    known = versions()
    told = ", ".join(f"{name} {version}" for name, version in known.items())
    total = sum(written.seconds for written in chapters)
    return (
        f"{dt.datetime.now(tz=dt.timezone.utc).date().isoformat()}; {told}. A machine with {os.cpu_count()} cores, two "
        f"processes with one thread each; {total / 60:.0f} minutes of one core in all."
    )


def _bars(found: Sequence[Bar]) -> str:
    rows = [(bar.what, bar.wanted, bar.reached, "yes" if bar.met else "no") for bar in found]
    missed = sum(not bar.met for bar in found)
    told = "All are reached." if not missed else f"{len(found) - missed} of {len(found)} are reached."
    return f"{markdown(('figure', 'wanted', 'reached', 'enough'), rows)}\n\n{told}"
