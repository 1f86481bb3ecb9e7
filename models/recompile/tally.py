"""Figures over many users, gathered one user at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.recompile.run import Row
from models.store.records import Verdict


@dataclass
class Tally:
    """Counts and sums; nothing of a single user is kept."""

    users: int = 0
    fresh: int = 0
    transports: int = 0
    refused: int = 0
    accepted: int = 0
    worse: int = 0
    impossible: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    compared: int = 0
    _before: float = 0.0
    _after: float = 0.0
    _scored: int = 0
    _old_gain: float = 0.0
    _gain: float = 0.0

    def add(self, row: Row) -> None:
        """Count one user."""
        outcome = row.outcome
        self.users += 1
        self.fresh += row.fresh
        self.transports += outcome.old_edit is not None
        self.refused += outcome.old_edit is not None and outcome.transport is not None
        self.accepted += outcome.verdict is Verdict.ACCEPTED
        self.worse += outcome.verdict is Verdict.WORSE
        self.impossible += outcome.verdict is Verdict.IMPOSSIBLE
        self.seconds += outcome.seconds
        self.slowest = max(self.slowest, outcome.seconds)
        if outcome.before is not None and outcome.after is not None:
            self._before += outcome.before
            self._after += outcome.after
            self._scored += 1
        if row.gain is not None and row.old_gain is not None:
            self.compared += 1
            self._gain += row.gain
            self._old_gain += row.old_gain

    @property
    def recovered(self) -> float | None:
        """Sum of the new gains over that of the old ones, of users with both; None where the old ones gain nothing."""
        return self._gain / self._old_gain if self._old_gain > 0 else None

    def to_json(self) -> dict[str, Any]:
        """The overall figures."""
        scored = max(1, self._scored)
        return {
            "users": self.users,
            "computed_now": self.fresh,
            "transport_tried": self.transports,
            "transport_refused": self.refused,
            "recovered_share": self.recovered,
            "accepted": self.accepted,
            "worse": self.worse,
            "impossible": self.impossible,
            "accuracy_unedited": self._before / scored if self._scored else None,
            "accuracy_edited": self._after / scored if self._scored else None,
            "seconds": self.seconds,
            "seconds_per_user": self.seconds / self.users if self.users else None,
            "seconds_slowest_user": self.slowest,
        }


def user_json(row: Row) -> dict[str, Any]:
    """One user's row."""
    outcome = row.outcome
    return {
        "user": row.device.name,
        "transport_refused": None if outcome.old_edit is None else outcome.transport is not None,
        "transport": outcome.transport,
        "recovered_share": row.recovered,
        "accepted": outcome.verdict is Verdict.ACCEPTED,
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "examples": outcome.examples,
        "accuracy_unedited": outcome.before,
        "accuracy_edited": outcome.after,
        "old_accuracy_unedited": row.old_before,
        "old_accuracy_edited": row.old_after,
        "seconds": outcome.seconds,
        "fresh": row.fresh,
    }
