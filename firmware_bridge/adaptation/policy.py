"""When to adapt: the settings of the loop, all in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_bridge.errors import BridgeError

_GRACE_S: Final = 30
_PROBATION_MAX_S: Final = 0xFFFF


@dataclass(frozen=True)
class Policy:
    """The settings of one port's loop.

    Args:
        interval_s: seconds between two looks.
        drift: a context has shifted when its drift reaches this (1: what chance gives; 2: what it gives after an edit,
            whose context is the reference then).
        band: a suspicion ends when the drift falls below `drift * band`, not sooner.
        min_windows: embeddings that must be held, and that must have come since a shift was first seen.
        min_change: an edit pays if it changes the bank by at least this share of T (root mean square).
        cool_down_s: at least this long between two edits, whatever became of the first.
        durable: COMMIT and CONFIRM instead of APPLY.
        confirm_after_s: how long a durable edit runs on probation before its health is checked.
        once: one look, and the adaptation if it is due.
        max_adaptations: end after so many; None for no end.

    Raises:
        BridgeError: a setting is out of range.
    """

    interval_s: float = 10.0
    drift: float = 6.0
    band: float = 0.5
    min_windows: int = 32
    min_change: float = 0.05
    cool_down_s: float = 60.0
    durable: bool = False
    confirm_after_s: float = 10.0
    once: bool = False
    max_adaptations: int | None = None

    def __post_init__(self) -> None:
        limits = [
            ("interval_s", self.interval_s > 0, "more than 0"),
            ("drift", self.drift > 0, "more than 0"),
            ("band", 0 < self.band <= 1, "more than 0, at most 1"),
            ("min_windows", self.min_windows > 0, "at least 1"),
            ("min_change", self.min_change >= 0, "at least 0"),
            ("cool_down_s", self.cool_down_s >= 0, "at least 0"),
            ("confirm_after_s", 0 <= self.confirm_after_s <= _PROBATION_MAX_S - _GRACE_S - 1, "0 to 65504"),
            ("max_adaptations", self.max_adaptations is None or self.max_adaptations > 0, "at least 1"),
        ]
        for name, legal, expected in limits:
            if not legal:
                raise BridgeError(
                    f"the policy's {name} is out of range", expected=expected, received=str(getattr(self, name))
                )

    @property
    def quiet(self) -> float:
        """The drift below which a suspicion ends."""
        return self.drift * self.band

    @property
    def probation_s(self) -> int:
        """What COMMIT asks for: the time until the health check, and some for the check and a lost link."""
        return int(self.confirm_after_s) + 1 + _GRACE_S
