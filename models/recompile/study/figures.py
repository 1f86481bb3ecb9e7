"""From rows of all folds and seeds to figures: recovered share, with and without the gate, and who lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """One method on one new base from one number of examples; a user's figures are means over its seeds.

    `users` have that many examples and an edit; `before` and `after` are accuracies of the new base without and with it
    `old_before` and `old_after` those of the old base with all examples. `share` is the sum of the new gains over that
    of the old ones, `low` and `high` its 95 % interval, bootstrapped over users. `worst` is the least gain of a user
    over the unedited new base, `gated` the mean with the unedited base wherever the edit was refused.
    """

    users: int
    examples: float
    before: float
    after: float
    old_before: float
    old_after: float
    share: float
    low: float
    high: float
    worst: float
    worst_run: float
    gated: float
    gated_worst: float
    accepted: int
    runs: int
    impossible: int
    seconds: float
    slowest: float


def point(rows: Sequence[Row], asked: int | None) -> Point | None:
    """The figures of `rows`, all of one method, base and number; None where nobody has an edit."""
    meant = [row for row in rows if asked is None or row["examples"] >= asked]
    made = [row for row in meant if row["after"] is not None and row["old_after"] is not None]
    if not made:
        return None
    names = sorted({row["user"] for row in made})
    mean = {name: _means([row for row in made if row["user"] == name]) for name in names}
    table = np.array([mean[name] for name in names])
    gains, old_gains, gated = table[:, 1] - table[:, 0], table[:, 3] - table[:, 2], table[:, 4]
    low, high = _share_interval(gains, old_gains)
    seconds = [row["seconds"] for row in made]
    return Point(
        users=len(names),
        examples=float(np.mean([row["examples"] for row in made])),
        before=float(table[:, 0].mean()),
        after=float(table[:, 1].mean()),
        old_before=float(table[:, 2].mean()),
        old_after=float(table[:, 3].mean()),
        share=float(gains.sum() / old_gains.sum()) if old_gains.sum() else float("nan"),
        low=low,
        high=high,
        worst=float(gains.min()),
        worst_run=min(row["after"] - row["before"] for row in made),
        gated=float(gated.mean()),
        gated_worst=float((gated - table[:, 0]).min()),
        accepted=sum(row["verdict"] == "accepted" for row in made),
        runs=len(made),
        impossible=len(meant) - len(made),
        seconds=float(np.mean(seconds)),
        slowest=max(seconds),
    )


def _means(rows: Sequence[Row]) -> list[float]:
    """Of one user over its seeds: before, after, old before, old after, and after where accepted, else before."""
    gated = [row["after"] if row["verdict"] == "accepted" else row["before"] for row in rows]
    columns = [[row[name] for row in rows] for name in ("before", "after", "old_before", "old_after")]
    return [float(np.mean(column)) for column in (*columns, gated)]


def _share_interval(
    gains: npt.NDArray[np.float64], old_gains: npt.NDArray[np.float64], draws: int = 9999
) -> tuple[float, float]:
    """Percentiles of the ratio of sums over resampled users, NaN where no old edit gained anything; seeded."""
    places = np.random.default_rng(0).integers(len(gains), size=(draws, len(gains)))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = gains[places].sum(1) / old_gains[places].sum(1)
    known = shares[np.isfinite(shares)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True)
class Transport:
    """How carrying edits over ended for one method and new base.

    `tried` old edits, `refused` of them; `fits` of the shapes would have fitted, and `adapters` of the low-rank factors
    (None for other methods). `forced` is the mean accuracy where the old delta is applied all the same, `unedited` that
    of the new base without it.
    """

    tried: int
    refused: int
    fits: int
    adapters: int | None
    forced: float | None
    unedited: float


def transport(rows: Iterable[Row]) -> Transport:
    """The figures of rows of one method and base, forced ones among them; each old edit counts once."""
    rows = list(rows)
    tried = [row for row in rows if row.get("asked", 0) is None and row.get("refused") is not None]
    forced = [row for row in rows if row["rule"] == "forced"]
    known = [row["after"] for row in forced if row["after"] is not None]
    adapters = [row["adapter_fits"] for row in forced if row["adapter_fits"] is not None]
    return Transport(
        tried=len(tried),
        refused=sum(row["refused"] for row in tried),
        fits=sum(row["fits"] for row in forced),
        adapters=sum(adapters) if adapters else None,
        forced=float(np.mean(known)) if known else None,
        unedited=float(np.mean([row["before"] for row in forced])) if forced else float("nan"),
    )


def grouped(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by the values of some of their fields."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.get(name) for name in names)].append(row)
    return dict(groups)


__all__ = ["Point", "Row", "Transport", "grouped", "point", "transport"]
