"""docs/recompile.md: figures to reach, then a chapter for each data set, then what the paper had."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.evaluation.origin import versions
from models.evaluation.table import markdown
from models.recompile.study.checks import bars
from models.recompile.study.families import AGAIN, WIDE, Family
from models.recompile.study.figures import Row
from models.recompile.study.tables import curves_table, order_table, transport_table, users_table
from models.reproduce.bars import Bar

_HEAD: Final = """\
# Recompile, don't transport

An edit belongs to one base. When a better base comes, the edit is not carried over: it is made anew from the user's own
examples, which the store keeps ([store.md](store.md)), and accepted by a frozen evaluation set that nothing was ever
trained on (Philbin, "Recompile, Don't Transport", Zenodo 20535982).

```
persona train -o narrow
persona compile narrow -o narrow.bundle
persona store add narrow narrow.bundle                   # the held-out devices of a trained model, and its base
persona recompile                                        # the first edits, on the newest base of the store
persona train --network channels=24,48,72 --network embedding=48 --network hidden=36 -o wide
persona compile wide -o wide.bundle
persona store add wide.bundle                            # a new base of the same family
persona recompile --json -                               # everybody moves to it
```

Twelve users of WISDM whose edits wait for a wide base: `python -m models.recompile.study.example` into
out/recompile/wisdm, then `persona recompile --store out/recompile/wisdm/store.db --json -`.

Written by `make recompile`; whoever changes a figure below by hand makes it wrong. Accuracies are those of the device's
arithmetic (int8 shared layers, float32 head, generated C, edits as int8) on each user's frozen set."""

_HOW: Final = """\
## How it is measured

Users are devices that no base has seen. A user's windows go to the store; half of each class, chosen by a hash, are its
frozen set, and the others are its examples, of which the first n in the order of another hash are used: those of a
smaller n are among those of a larger one. The *old* edit is made on the narrow base from all examples. Each new base
then gets edits from 5, 20, 50, 100, 250, 500 examples, as far as a user has them (rows count only users that do, and
for whom an edit can be made: labelled methods need two classes), and from all. Seeds train the bases anew and choose
who trains them; a user's figures are means over its runs.

- **recovered**: the sum over users of (new base edited - new base) over that of (old base edited - old base). A user's
  own share says little where its old gain is one window, so shares are not averaged. Intervals are 95 %, bootstrapped
  over users.
- **worst user**: the least gain over the unedited new base. **accepted**: how many edits the gate let pass, with a
  tolerance of two points: not worse than the old base with its old edit, nor than the new base without one. **with
  gate**: the mean when refused users run the unedited new base. The gate reads the frozen set that is also reported:
  what it gains is its own selection, and the columns before it are without it.
- `ridge`, `finetune` and `lora` see labels; `editor` does not. Their strengths, rates and steps, and T on WISDM, were
  chosen on validation users (WISDM, three folds, seed 0), each of whom is held out in another fold: few numbers, but no
  clean choice. On digits nothing was chosen.
- Edits of labelled methods and editors are made on bundles of their own: an editor's T is what its training chooses,
  and the others may go as far as their family says."""

_TRANSPORT: Final = """\
Every accepted old edit is tried on the new base, by the rules of the device. *If forced* is the accuracy that a device
would have if it took the old delta all the same, where its shape fits; *adapters* are low-rank factors alone."""

_CONTROL: Final = """\
Neighbouring windows of one recording resemble each other, and a choice by hash puts them on both sides. Frozen by file
order they are apart, and what is left of a gain is what lasts from the earlier half of a recording to the later one."""

_PAPER: Final = """\
## The paper's own figures

Published on other data (12 users, two bases of one family, LoRA adapters; Philbin 2026): adapters moved to the new base
fail for 12 of 12 by their tensor shapes; a fresh adapter from the same user data recovers the personalisation at 250
examples and exceeds the original at 500, in 47 to 163 seconds a user. Ours differ in everything but the question."""


@dataclass(frozen=True)
class Chapter:
    """One family's rows, and the seconds of one core that they took."""

    family: Family
    rows: Sequence[Row]
    seeds: int
    sizes: dict[str, int]
    seconds: float

    def markdown(self, plot: str) -> str:
        """The chapter."""
        family = self.family
        told = ", ".join(f"{name} {size:,}" for name, size in self.sizes.items())
        control = [
            "### Control: the later half of each recording is frozen",
            _CONTROL,
            order_table(self.rows),
        ]
        return "\n\n".join(
            [
                f"## {family.title}",
                f"{family.folds} fold(s), seeds 0 to {self.seeds - 1}; adaptive parameters: {told}.",
                f"![Recovered share of the gain over the number of examples]({plot})",
                "### From the narrow base to the wide one",
                curves_table(self.rows, WIDE),
                "### To a base whose every shape agrees",
                "The same network from another seed: edits are refused by the fingerprint of the base alone.",
                curves_table(self.rows, AGAIN),
                "### Transport",
                _TRANSPORT,
                transport_table(self.rows),
                *(control if family.recorded else []),
                "### Every user, by `ridge` with all examples",
                users_table(self.rows, "ridge"),
            ]
        )


def document(chapters: Sequence[Chapter], plots: dict[str, str], left_out: dict[str, str]) -> str:
    """The whole text."""
    found = [bar for chapter in chapters for bar in bars(chapter.family.name, chapter.rows)]
    parts = [_HEAD, _circumstances(chapters), "## Figures to reach", _bars(found), _HOW]
    parts += [chapter.markdown(plots[chapter.family.name]) for chapter in chapters]
    if left_out:
        parts += ["## Not here", "\n".join(f"- {name}: {why}" for name, why in left_out.items())]
    return "\n\n".join([*parts, _PAPER]) + "\n"


def _circumstances(chapters: Sequence[Chapter]) -> str:
    told = ", ".join(f"{name} {version}" for name, version in versions().items())
    total = sum(chapter.seconds for chapter in chapters)
    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    return (
        f"{today}; {told}. A machine with {os.cpu_count()} cores, two processes with one thread each; "
        f"{total / 60:.0f} minutes of one core in all."
    )


def _bars(found: Sequence[Bar]) -> str:
    rows = [(bar.what, bar.wanted, bar.reached, "yes" if bar.met else "no") for bar in found]
    met = sum(bar.met for bar in found)
    told = f"{met} of {len(found)} are reached." if met < len(found) else "All are reached."
    return f"{markdown(('figure', 'wanted', 'reached', 'enough'), rows)}\n\n{told} The default is `ridge`."
