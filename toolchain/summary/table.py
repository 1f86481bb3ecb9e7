"""The table at the end of `persona compile`: what the model costs, and what each pass saved.

for line in cost_table(compiled.model): output.say(line)
"""

from __future__ import annotations

from typing import Any

from toolchain.model import Model
from toolchain.summary.constants import constant_bytes, prototype_bytes, weight_bytes
from toolchain.summary.savings import Saving, savings
from toolchain.summary.text import columns


def cost_table(model: Model, saved: tuple[Saving, ...] | None = None) -> list[str]:
    """Lines of text; `saved` where it is known already."""
    saved = savings(model) if saved is None else saved
    costs = cost(model)
    rows = [
        ("flash, constants", f"{costs['constant_bytes']:,} bytes ({weight_bytes(model):,} of weights)"),
        ("flash, prototypes among them", f"{prototype_bytes(model):,} bytes"),
        ("flash, attachments among them", f"{sum(model.attachments.table_bytes.values()):,} bytes"),
        ("RAM, arena", f"{costs['arena_bytes']:,} bytes (no plan below {costs['arena_lower_bound']:,})"),
        ("RAM, two adaptive banks", f"{costs['bank_bytes']:,} bytes"),
        ("multiply-accumulates", f"{costs['macs']:,}"),
        ("adaptive", f"{costs['adaptive_bytes']:,} bytes"),
    ]
    lines = [f"  {name:<29} {value}" for name, value in rows]
    heads = ("saved by", "arena bytes", "constant bytes", "MACs", "operators")
    passes = [(row.name, row.arena_bytes, row.constant_bytes, row.macs, row.operators) for row in saved]
    return [*lines, "", *columns(heads, passes)]


def cost(model: Model) -> dict[str, Any]:
    """The same numbers for JSON."""
    return {
        "constant_bytes": constant_bytes(model),
        "arena_bytes": model.plan.arena_bytes,
        "arena_lower_bound": model.plan.lower_bound,
        "bank_bytes": 8 * model.layout.size,
        "adaptive_bytes": 4 * model.layout.size,
        "macs": model.macs,
    }
