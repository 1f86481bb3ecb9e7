"""The counts that are committed, expected.json: what a change to a kernel is held against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.cases import Case
from hil.bench.figures import Figures

FILE: Final = Path(__file__).with_name("expected.json")
MOST_GROWTH: Final = 0.01
"""Part by which a figure may grow before a test fails."""
_FEW: Final = 64
"""Instructions that an operator may grow by: a small one moves whenever the compiler saves another register."""
_OPERATOR: Final = "operator"

Entry = dict[str, Any]


def entry_of(figures: Figures) -> Entry:
    """What is kept of a measurement."""
    return {
        "instructions": figures.instructions,
        "flash_bytes": figures.flash_bytes,
        "ram_bytes": figures.ram_bytes,
        "stack_bytes": figures.stack_bytes,
        "per_op": {f"{row.op} {row.kind}": row.instructions for row in figures.per_op if row.kernel},
    }


def load(path: Path = FILE) -> dict[Case, Entry]:
    """All cases of the file; nothing if there is none."""
    if not path.is_file():
        return {}
    document = json.loads(path.read_text())
    return {
        Case(model, board, optimise): entry
        for model, boards in document["counts"].items()
        for board, builds in boards.items()
        for optimise, entry in builds.items()
    }


def compiler_of(path: Path = FILE) -> str:
    """The version of the compiler that the counts were made with: another one makes other code."""
    return str(json.loads(path.read_text())["compiler"])


def save(entries: Mapping[Case, Entry], compiler: str, path: Path = FILE) -> None:
    """Write the file; sorted, so that a change of a kernel is a small difference."""
    counts: dict[str, Any] = {}
    for case, entry in sorted(entries.items()):
        counts.setdefault(case.model, {}).setdefault(case.board, {})[case.optimise] = entry
    path.write_text(json.dumps({"compiler": compiler, "counts": counts}, indent=1) + "\n")


@dataclass(frozen=True)
class Change:
    """A figure that is not what was committed."""

    figure: str
    expected: int
    received: int

    @property
    def is_growth(self) -> bool:
        """Whether it has become worse by more than is allowed."""
        return self.received > self.expected + self._room

    @property
    def is_shrinkage(self) -> bool:
        """Whether it has become better by so much that the file should follow."""
        return self.received < self.expected - self._room

    @property
    def _room(self) -> float:
        return max(self.expected * MOST_GROWTH, _FEW if self.figure.startswith(_OPERATOR) else 0)

    def __str__(self) -> str:
        part = f"{100 * (self.received / self.expected - 1):+.1f} %" if self.expected else "new"
        return f"{self.figure}: {self.expected:,} to {self.received:,} ({part})"


def changes(expected: Entry, received: Entry) -> Iterator[Change]:
    """Every figure that differs; an operator that is new or gone counts from or to 0."""
    for name in ("instructions", "flash_bytes", "ram_bytes"):
        if expected[name] != received[name]:
            yield Change(name, expected[name], received[name])
    before, now = expected["per_op"], received["per_op"]
    for op in dict.fromkeys([*before, *now]):
        if before.get(op, 0) != now.get(op, 0):
            yield Change(f"{_OPERATOR} {op}", before.get(op, 0), now.get(op, 0))
