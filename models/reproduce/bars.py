"""The figures that were to be reached, beside those that were: nothing here is said by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Values = Mapping[str, Any]

GAIN: Final = 0.06
IMPROVED: Final = 0.8
LOSS: Final = 0.03
HALF, QUARTER = 0.5, 0.25
NDCG: Final = 0.2848
INT8: Final = 0.003
EDITS_PER_S: Final = 2000
EDIT_MS: Final = 3.0
_REFERENCE: Final = "fine-tuning"
_ENCODERS: Final = ("persona-summary", "persona-gru", "persona-set")
"""Persona as it is, with each thing that it may read."""

_EPSILON: Final = 1e-9


@dataclass(frozen=True)
class Bar:
    """One figure: what was wanted, what came, and whether that is enough."""

    what: str
    wanted: str
    reached: str
    met: bool


def candidates(rows: Sequence[Values], *, labelled: bool) -> list[Values]:
    """Methods that make edits without backpropagation and could be sent; bounds chosen in hindsight are none."""
    return [
        row
        for row in rows
        if row["labelled"] is labelled
        and row["sendable"]
        and not row["backpropagation"]
        and row["bytes_per_edit"]
        and not row["method"].endswith("hindsight")
    ]


def preferred(rows: Sequence[Values], *, labelled: bool) -> Values:
    """The candidate that the validation devices prefer: no held-out device has a say in which one is shown."""
    return max(candidates(rows, labelled=labelled), key=lambda row: float(row["accuracy_validation"]))


def named(rows: Sequence[Values], method: str) -> Values:
    """The row of one method."""
    return next(row for row in rows if row["method"] == method)


def wisdm(values: Values) -> list[Bar]:
    """The figures of the motion set: the unlabelled edit that validation prefers, Persona's own, and a labelled one."""
    rows = values["rows"]
    plain, labelled, tuned = preferred(rows, labelled=False), preferred(rows, labelled=True), named(rows, _REFERENCE)
    encoders = [row for row in candidates(rows, labelled=False) if row["method"] in _ENCODERS]
    own = [preferred(encoders, labelled=False)] if encoders else []
    gap = labelled["accuracy_device"] - tuned["accuracy_device"]
    return [
        *(bar for row in (plain, *own) for bar in (*_gains(row), *users(row))),
        Bar(
            f"WISDM, labelled, no backpropagation ({labelled['method']}) against head fine-tuning",
            ">= +0.000",
            f"{gap:+.3f} ({labelled['accuracy_device']:.3f} against {tuned['accuracy_device']:.3f})",
            gap >= -_EPSILON,
        ),
        *users(labelled),
    ]


def users(row: Values) -> list[Bar]:
    """How many users win and how much the unluckiest loses, as they are and behind the guard."""
    bars = []
    for who, own in _both(row):
        bars += [
            Bar(f"{who}: users improved", f">= {IMPROVED:.0%}", f"{own['improved']:.0%}", own["improved"] >= IMPROVED),
            Bar(f"{who}: largest loss", f"<= {LOSS:.3f}", f"{own['loss']:.3f}", own["loss"] <= LOSS + _EPSILON),
        ]
    return bars


def _gains(row: Values) -> list[Bar]:
    return [
        Bar(f"{who}, unlabelled: gain over the base", f">= {GAIN:+.3f}", _gain(own), own["gain"] >= GAIN)
        for who, own in _both(row)
    ]


def _both(row: Values) -> list[tuple[str, Values]]:
    """The figures without and with the guard, by what to call them."""
    kinds = (("", row), (", guarded", row["guarded"]))
    return [(f"WISDM, {row['method']}{kind}", own) for kind, own in kinds if own is not None]


def shifted_digits(values: Values, *, labelled: bool) -> list[Bar]:
    """How much of the gap between the shifted and the home accuracy is closed."""
    base, row, wanted = values["rows"][0], preferred(values["rows"], labelled=labelled), HALF if labelled else QUARTER
    gap = values["accuracy_home"] - base["accuracy_device"]
    closed = row["gain"] / gap if gap > 0 else 0.0
    what = f"{values['context']} {'labelled' if labelled else 'unlabelled'} samples ({row['method']})"
    figures = f"{base['accuracy_device']:.3f} to {row['accuracy_device']:.3f}, home {values['accuracy_home']:.3f}"
    return [
        Bar(
            f"{values['data']['name']}, {what}",
            f">= {wanted:.0%} of the gap",
            f"{closed:.0%} ({figures})",
            closed >= wanted,
        )
    ]


def sequences(values: Values) -> list[Bar]:
    """Whether the base is worth editing, and what int8 costs it."""
    plain, device = (values["anchor"][kind]["ndcg@5"] for kind in ("float", "device"))
    name, gap = f"{values['data']['name']}, {values['model']['name']} base", abs(plain - device)
    return [
        Bar(f"{name}: NDCG@5 before any editor", f">= {NDCG:.4f}", f"{plain:.4f}", plain >= NDCG),
        Bar(f"{name}: device against float, NDCG@5", f"within {INT8:.3f}", f"{gap:.4f}", gap <= INT8 + _EPSILON),
    ]


def throughput(values: Values) -> list[Bar]:
    """The editor's speed, without import and load; the shipped encoder reads summaries."""
    shipped = next(row for row in values["rows"] if row["encoder"] == "summary")
    many, one = shipped["edits_per_s"], shipped["one_edit_ms"]
    return [
        Bar("Editor, many devices at once", f">= {EDITS_PER_S:,} edits/s", f"{many:,} edits/s", many >= EDITS_PER_S),
        Bar("Editor, one edit", f"< {EDIT_MS:g} ms", f"{one:g} ms", one < EDIT_MS),
    ]


def optimum(values: Values) -> list[Bar]:
    """Whether the best held-out mean lies inside the swept range."""
    bars = []
    for curve in values["curves"]:
        at = max(range(len(curve["means"])), key=lambda place: curve["means"][place])
        inside = 0 < at < len(curve["means"]) - 1
        first, last = curve["values"][0], curve["values"][-1]
        bars.append(
            Bar(
                f"{values['data']['name']}, sweep of {values['sweep']} ({curve['name']}): optimum",
                f"inside {first:g} .. {last:g}",
                f"{curve['values'][at]:g} ({curve['means'][at]:.3f})",
                inside,
            )
        )
    return bars


def _gain(row: Values) -> str:
    return f"{row['gain']:+.3f} ({row['low']:+.3f} .. {row['high']:+.3f})"
