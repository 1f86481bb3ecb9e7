"""Sentences under a table that follow from its figures, whatever they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.reproduce.bars import preferred

Row = Mapping[str, Any]
_EPSILON = 1e-9


def remarks(rows: Sequence[Row]) -> list[str]:
    """Who is best, what is left over the controls, who beats Persona, and whose interval holds 0."""
    return [
        *_best(rows),
        *_controls(rows),
        *_rivals(rows),
        *_undecided(rows),
        *_int8(rows),
    ]


def _best(rows: Sequence[Row]) -> list[str]:
    said = []
    for labelled, name in ((False, "Without labels"), (True, "With labels")):
        own = [row for row in _methods(rows) if row["labelled"] is labelled]
        if not own:
            continue
        best = max(own, key=lambda row: float(row["accuracy_device"]))
        said.append(f"{name}, `{best['method']}` has the highest mean, {_figures(best)}{_how(best)}.")
    for labelled, kind in ((False, "unlabelled"), (True, "labelled")):
        try:
            row = preferred(rows, labelled=labelled)
        except ValueError:
            continue
        said.append(
            f"The validation devices prefer `{row['method']}` among the {kind} edits that can be sent and take no "
            f"gradients ({row['accuracy_validation']:.3f} there); on the held-out ones it has {_figures(row)}."
        )
    return said


def _controls(rows: Sequence[Row]) -> list[str]:
    """What Persona wins over heads that are the same on every device."""
    known = {row["method"]: row for row in rows}
    if "persona" not in known:
        return []
    said, own = [], known["persona"]["accuracy_device"]
    for name in ("extra-budget", "field-head"):
        if name in known:
            other = known[name]["accuracy_device"]
            said.append(
                f"`persona` stands {_against(own - other)} the control `{name}` ({other:.3f}), one head for all."
            )
    return said


def _rivals(rows: Sequence[Row]) -> list[str]:
    known = {row["method"]: row for row in rows}
    if "persona" not in known:
        return []
    own = known["persona"]["accuracy_device"]
    better = [
        r for r in _methods(rows) if not r["method"].startswith("persona") and r["accuracy_device"] > own + _EPSILON
    ]
    if not better:
        return ["No rival has a higher mean than `persona`."]
    told = ", ".join(
        f"`{r['method']}` ({r['accuracy_device']:.3f}{', labelled' if r['labelled'] else ''})"
        for r in sorted(better, key=lambda r: -float(r["accuracy_device"]))
    )
    return [f"Rivals with a higher mean than `persona` ({own:.3f}): {told}."]


def _undecided(rows: Sequence[Row]) -> list[str]:
    names = [f"`{row['method']}`" for row in _methods(rows) if row["low"] <= 0 <= row["high"]]
    return [f"The 95 % interval of the gain holds 0 for {', '.join(names)}."] if names else []


def _int8(rows: Sequence[Row]) -> list[str]:
    shown = (rows[0], *_methods(rows))
    gap = max((abs(row["accuracy_device"] - row["accuracy_float"]), row["method"]) for row in shown)
    return [f"Device and float arithmetic differ by at most {gap[0]:.4f} in a mean (`{gap[1]}`)."]


def _methods(rows: Sequence[Row]) -> list[Row]:
    """All but the base and bounds in hindsight."""
    return [row for row in rows[1:] if not row["method"].endswith("hindsight")]


def _figures(row: Row) -> str:
    return f"{row['accuracy_device']:.3f} ({row['gain']:+.3f}, 95 % {row['low']:+.3f} .. {row['high']:+.3f})"


def _how(row: Row) -> str:
    notes = ["by gradient descent on the device's own windows"] if row["backpropagation"] else []
    notes += [] if row["sendable"] else ["and could not be sent as an edit"]
    return f", {' '.join(notes)}" if notes else ""


def _against(difference: float) -> str:
    if abs(difference) < _EPSILON:
        return "level with"
    return f"{abs(difference):.3f} {'above' if difference > 0 else 'below'}"
