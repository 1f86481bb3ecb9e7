"""What each pass saves, measured: the model is compiled again with the passes added one by one, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from toolchain.model import Model
from toolchain.passes import Pass
from toolchain.summary.constants import constant_bytes


@dataclass(frozen=True)
class Saving:
    """What one pass took away (negative: added), given the passes before it."""

    name: str
    arena_bytes: int
    constant_bytes: int
    macs: int
    operators: int


def savings(model: Model) -> tuple[Saving, ...]:
    """One row for each pass."""
    rows: list[Saving] = []
    before = _compiled(model, frozenset())
    for number, added in enumerate(Pass, 1):
        after = _compiled(model, frozenset(list(Pass)[:number]))
        rows.append(
            Saving(
                added.value,
                before.plan.arena_bytes - after.plan.arena_bytes,
                constant_bytes(before) - constant_bytes(after),
                before.macs - after.macs,
                len(before.kernels) - len(after.kernels),
            )
        )
        before = after
    return tuple(rows)


def _compiled(model: Model, passes: frozenset[Pass]) -> Model:
    return Model.of(
        model.source,
        rounding=model.rounding,
        layout=model.layout,
        adaptive=model.adaptive,
        prototypes=model.prototypes,
        passes=passes,
    )
