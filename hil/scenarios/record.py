"""What is written down while a scenario plays."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from hil.comparison import Tally


@dataclass(frozen=True)
class EditEntry:
    """One thing that happened to the device's bank; `event` as the device's history names it, `source` who made it."""

    counter: int
    prototype: int
    codec: str
    bytes: int
    digest: str
    event: str
    source: str


@dataclass
class Record:
    """The figures of one scenario on one board.

    Attributes:
        compared: every comparison with the reference, bit by bit.
        ticks: of one inference that is not traced.
        ticks_per_s: of the device's counter.
        latency_s: seconds of each phase; a step that comes twice adds up.
        wire_bytes: of both directions, by what they were for: context, edit, verify.
        accuracy: shares of right labelled windows, before the first edit and after the last.
        edits: what happened to the bank, in order.
        soak: the figures of a soak, by name.
    """

    compared: Tally = field(default_factory=Tally)
    ticks: int | None = None
    ticks_per_s: int = 0
    latency_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    wire_bytes: Counter[str] = field(default_factory=Counter)
    accuracy: dict[str, float | None] = field(default_factory=lambda: {"before": None, "after": None})
    edits: list[EditEntry] = field(default_factory=list)
    soak: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The part of a result that was measured."""
        return {
            "verified": self.compared.equal,
            "total": self.compared.total,
            "latency_s": {phase: round(seconds, 4) for phase, seconds in self.latency_s.items()},
            "accuracy": dict(self.accuracy),
            "wire_bytes": {what: self.wire_bytes[what] for what in ("context", "edit", "verify")},
            "edits": [asdict(entry) for entry in self.edits],
            "soak": dict(self.soak),
        }
