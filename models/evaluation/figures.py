"""What is said about a method: figures over devices, each device held against itself without the edit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.errors import FleetError

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 9999
CONFIDENCE: Final = 0.95
_SEED: Final = 20250906
_EPSILON: Final = 1e-9
"""Means over seeds are sums of fractions: what differs by less is equal."""


@dataclass(frozen=True)
class Figures:
    """One method over d devices, each with its mean over seeds.

    `mean` accuracy, `error` its standard error and `spread` its standard deviation over devices, `worst` that of the
    worst device; `gain` over the base with `low` and `high`, its bootstrap confidence interval at 95 %; the shares of
    devices that are `improved` and that are made `worse`, and the largest `loss` of a device.
    """

    devices: int
    mean: float
    error: float
    spread: float
    worst: float
    gain: float
    low: float
    high: float
    improved: float
    worse: float
    loss: float

    @classmethod
    def of(cls, own: Floats, base: Floats) -> Figures:
        """The figures of accuracies `own` float64 [d] against those of the base on the same devices.

        Raises:
            FleetError: no devices, or not the same ones.
        """
        if not len(own) or own.shape != base.shape:
            raise FleetError(
                "a method and the base have to be scored on the same devices",
                expected="two rows of equal length, at least 1",
                received=f"{own.shape} and {base.shape}",
            )
        gains = own - base
        low, high = interval(gains)
        return cls(
            devices=len(own),
            mean=float(own.mean()),
            error=standard_error(own),
            spread=deviation(own),
            worst=float(own.min()),
            gain=float(gains.mean()),
            low=low,
            high=high,
            improved=float((gains > _EPSILON).mean()),
            worse=float((gains < -_EPSILON).mean()),
            loss=float(max(0.0, -gains.min())),
        )

    def to_json(self) -> dict[str, Any]:
        """All figures by name."""
        return asdict(self)


def deviation(values: Floats) -> float:
    """Standard deviation with d - 1 degrees of freedom; 0 for a single device."""
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def standard_error(values: Floats) -> float:
    """Standard error of the mean of float64 [d]; 0 for a single device."""
    return deviation(values) / float(np.sqrt(len(values)))


def interval(gains: Floats, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Percentile bootstrap of the mean of `gains` float64 [d] (Efron 1979): devices are drawn anew, with replacement.

    The resamples are seeded, so that the same gains have the same interval.
    """
    drawn = np.random.default_rng(_SEED).integers(len(gains), size=(RESAMPLES, len(gains)))
    tail = 50 * (1 - confidence)
    low, high = np.percentile(gains[drawn].mean(1), (tail, 100 - tail))
    return float(low), float(high)
