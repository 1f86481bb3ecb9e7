"""What the loop tells: one line of JSON for each step, whole lines however many ports write."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Record:
    """One step that was taken.

    `step` is the action in lower case and `reason` why it was taken; `outcome` what came of it, `detail` the words of a
    failure and `report` what the line saw of it. `drift` (in ones) is that of the last look; `prototype`, `norms` and
    `change` (a share of T) are those of the last proposal, None before there is one. The step took `bytes` on the wire,
    both directions, and `seconds`.
    """

    port: str
    step: str
    reason: str
    outcome: str
    detail: str | None
    report: dict[str, Any] | None
    drift: float | None
    prototype: int | None
    norms: list[float] | None
    change: float | None
    bytes: int
    seconds: float


class Journal:
    """Writes records, from any thread.

    Args:
        write: takes one line without its end.
        now: the time of day.
    """

    def __init__(self, write: Callable[[str], None], now: Callable[[], datetime] = _now) -> None:
        self._write = write
        self._now = now
        self._lock = threading.Lock()

    def note(self, record: Record) -> None:
        """Write `record` with the time of day (UTC, ISO 8601)."""
        with self._lock:
            line: dict[str, Any] = {"time": self._now().isoformat(timespec="milliseconds"), **asdict(record)}
            self._write(json.dumps(line))
