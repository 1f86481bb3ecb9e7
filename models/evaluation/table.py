"""The rows of an evaluation as Markdown, which is also readable on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from models.evaluation.figures import Figures
from models.evaluation.pool import Row

Cells = Sequence[str]

_HEAD = (
    "method",
    "sees labels",
    "device",
    "float",
    "gain",
    "95 % interval",
    "spread",
    "std. error",
    "worst device",
    "improved",
    "worse",
    "largest loss",
)
_GUARDED = ("method", "accepted", "device", "gain", "95 % interval", "improved", "worse", "largest loss")
_COSTS = ("method", "gradients", "ms per edit", "bytes, f32", "bytes, int8", "bytes, latent", "T")


def render(rows: Sequence[Row]) -> str:
    """What the methods reach on the device."""
    return markdown(_HEAD, [_cells(row) for row in rows])


def render_guarded(rows: Sequence[Row]) -> str:
    """The same where the guard may refuse an edit; empty if it never was asked."""
    found = [_guarded(row, row.guarded) for row in rows if row.guarded is not None and row is not rows[0]]
    return markdown(_GUARDED, found) if found else ""


def render_costs(rows: Sequence[Row]) -> str:
    """What an edit costs, for the methods that make one."""
    return markdown(_COSTS, [_costs(row) for row in rows if row.bytes])


def markdown(head: Cells, body: Sequence[Cells]) -> str:
    """A table whose columns stand below one another; the first one is text, the others are aligned to the right."""
    widths = [max(len(cells[column]) for cells in (head, *body)) for column in range(len(head))]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(f"| {' | '.join(_padded(cells, widths))} |" for cells in (head, rule, *body))


def _padded(cells: Cells, widths: Sequence[int]) -> list[str]:
    return [
        f"{cells[0]:<{widths[0]}}",
        *(f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]


def _cells(row: Row) -> Cells:
    own = row.device
    labels = "yes" if row.labelled else "no"
    head = (row.method, labels, f"{own.mean:.3f}", f"{row.float_mean:.3f}", f"{own.gain:+.3f}", _interval(own))
    return (*head, f"{own.spread:.3f}", f"{own.error:.3f}", f"{own.worst:.3f}", *_shares(own))


def _guarded(row: Row, own: Figures) -> Cells:
    return (row.method, f"{row.accepted:.0%}", f"{own.mean:.3f}", f"{own.gain:+.3f}", _interval(own), *_shares(own))


def _costs(row: Row) -> Cells:
    sizes = [f"{row.bytes[codec]:,}" if codec in row.bytes else "-" for codec in ("f32", "int8", "latent")]
    often = ", ".join(f"{clip} ({count})" for clip, count in sorted(row.clips.items()))
    return (row.method, "yes" if row.backpropagation else "no", f"{1000 * row.seconds:.2f}", *sizes, often)


def _interval(own: Figures) -> str:
    return f"{own.low:+.3f} .. {own.high:+.3f}"


def _shares(own: Figures) -> Cells:
    return (f"{own.improved:.0%}", f"{own.worse:.0%}", f"{own.loss:.3f}")
