"""A description as lines for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from toolchain.summary.describe import Attached, Summary
from toolchain.summary.picture import picture


def columns(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows under their headings; numbers to the right, with separators between thousands."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [list(header), *cells]) for place in range(len(header))]
    right = [bool(rows) and all(isinstance(row[place], int) for row in rows) for place in range(len(header))]

    def line(row: Sequence[str]) -> str:
        padded = [f"{c:>{w}}" if r else f"{c:<{w}}" for c, w, r in zip(row, widths, right, strict=True)]
        return "  " + "  ".join(padded).rstrip()

    return [line(header), *(line(row) for row in cells)]


def _attached(attached: Attached) -> list[str]:
    lines = []
    if attached.code_bytes:
        lines.append(f"  codec latent: {attached.code_bytes} bytes a code, a table of {attached.latent_bytes:,} bytes")
    if attached.trial_vectors:
        least, vectors = attached.trials_least, attached.trial_vectors
        lines.append(f"  trials: {least} of {vectors} vectors must be right, {attached.trials_bytes:,} bytes")
    if attached.drift_reference:
        lines.append("  drift: held against the embeddings of training")
    return lines


def text(summary: Summary) -> list[str]:
    """The whole description."""
    memory = summary.memory
    rows = [
        (
            step.operator,
            step.kind,
            step.kernel or "(view)",
            f"{step.dtype} {'x'.join(map(str, step.shape))}",
            step.macs,
            step.constant_bytes,
            step.alive_bytes,
            ", ".join(step.adaptive),
        )
        for step in summary.steps
    ]
    heads = ("#", "operator", "kernel", "output", "MACs", "constants", "alive", "adaptive")
    lines = [f"{summary.name}: {len(summary.steps)} operators, {summary.macs:,} MACs, rounding {summary.rounding}"]
    lines += [f"  input {name}" for name in summary.inputs] + [f"  output {name}" for name in summary.outputs]
    lines += ["", *columns(heads, rows), ""]
    if summary.adaptive:
        lines.append(f"adaptive: {summary.adaptive_bytes:,} bytes a bank, {summary.prototypes} prototypes")
        lines += [
            f"  {row['name']}  {'x'.join(map(str, row['shape']))}  T = {row['clip']:g}" for row in summary.adaptive
        ]
        lines += [*_attached(summary.attached), ""]
    lines.append(f"constants: {summary.constant_bytes:,} bytes, of these {summary.weight_bytes:,} bytes of weights")
    lines.append(f"arena: {memory.arena_bytes:,} bytes; no plan needs less than {memory.lower_bound:,} bytes")
    return lines + picture(memory)
