"""What was measured, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class OperatorFigures:
    """One operator: its place in the model, its kernel ("" renames only), and what it costs.

    `bound` is what the instruction set allows for a multiply-accumulate; None where there is none, or it is not known.
    """

    op: int
    kind: str
    kernel: str
    macs: int
    instructions: int
    bound: float | None

    @property
    def per_mac(self) -> float | None:
        """Instructions for a multiply-accumulate."""
        return self.instructions / self.macs if self.macs else None

    def to_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {**asdict(self), "per_mac": None if self.per_mac is None else round(self.per_mac, 4)}


@dataclass(frozen=True)
class Figures:
    """What an inference costs.

    Attributes:
        board: name of the platform.
        core: its processor.
        model: the model's name.
        rounding: contract of its integer operators.
        optimise: what it was built for.
        counter: "plugin" (instructions, exact) or "systick" (right to within `resolution`).
        resolution: instructions that a tick takes; 1 where they are exact.
        instructions: of the first vector's inference.
        instructions_least, instructions_most: over all vectors.
        macs: multiply-accumulates of an inference.
        flash_bytes: of an image with the model and next to nothing else.
        harness_bytes: what that is.
        ram_bytes: the arena, working memory of the operators included.
        ram_total_bytes: all RAM of that image, its stack included.
        stack_bytes: what an inference takes of the stack at most.
        equal, total: vectors whose outputs were compared, bit by bit.
        oracle: with what, besides the NumPy reference.
        per_op: the operators, if they were asked for.
        per_op_exact: whether their counts are exact; else right to within a few instructions, or a tick.
        functions: instructions by function of the image, the largest first; empty without the plugin.
    """

    board: str
    core: str
    model: str
    rounding: str
    optimise: str
    counter: str
    resolution: float
    instructions: int
    instructions_least: int
    instructions_most: int
    macs: int
    flash_bytes: int
    harness_bytes: int
    ram_bytes: int
    ram_total_bytes: int
    stack_bytes: int
    equal: int
    total: int
    oracle: str
    per_op: tuple[OperatorFigures, ...]
    per_op_exact: bool
    functions: Mapping[str, int]

    @property
    def instructions_per_mac(self) -> float | None:
        """None for a model without any."""
        return self.instructions / self.macs if self.macs else None

    def to_json(self) -> dict[str, Any]:
        """As the command prints it."""
        per_mac = self.instructions_per_mac
        return {
            **vars(self),
            "instructions_per_mac": None if per_mac is None else round(per_mac, 4),
            "per_op": [row.to_json() for row in self.per_op],
            "functions": dict(self.functions),
        }
