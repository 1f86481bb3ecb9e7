"""What is asked of every user alike, and the unit of work that one user is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Final

from models.errors import RecompileError
from models.recompile.methods.method import Method
from models.recompile.methods.registry import METHODS
from models.store.records import Device, EvaluationSet, Examples
from toolchain.edit import Codec

MOST_EXAMPLES: Final = 250
TOLERANCE: Final = 0.02
FORMAT: Final = 1
"""Changes with whatever else changes what a unit gives; a method has a version of its own."""


@dataclass(frozen=True)
class Order:
    """How edits are to be made.

    Attributes:
        method: name of a method.
        examples: at most so many training examples of each user.
        tolerance: how far below the old base with its old edit, and below the new base without one, a score may lie
            and still count as not worse.
        codec: how the delta is written; the score is that of what is left of it.
        durable: meant for TRY and COMMIT.
        fleet_key: signs for every device that has an id; None leaves edits unsigned.

    Raises:
        RecompileError: an unknown method, no examples, a tolerance outside 0..1.
    """

    method: str = "ridge"
    examples: int = MOST_EXAMPLES
    tolerance: float = TOLERANCE
    codec: Codec = Codec.INT8
    durable: bool = False
    fleet_key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.method not in METHODS or self.examples < 1 or not 0 <= self.tolerance < 1:
            raise RecompileError(
                "edits cannot be made like this",
                expected=f"a method of {', '.join(METHODS)}, at least one example, a tolerance of 0 to below 1",
                received=f"{self.method}, {self.examples} examples, tolerance {self.tolerance}",
            )

    @property
    def how(self) -> Method:
        """The method itself."""
        return METHODS[self.method]


@dataclass(frozen=True)
class OldEdit:
    """The edit that the user has on another base.

    `before` and `after` are scores on the frozen set without and with it, None where nobody has measured them.
    """

    id: int
    packed: bytes
    before: float | None
    after: float | None


@dataclass(frozen=True, eq=False)
class Work:
    """One user, whole: everything that making and judging the edit needs, and nothing of a database."""

    device: Device
    training: Examples
    evaluation: EvaluationSet | None
    old: OldEdit | None

    def digest(self, order: Order, base: bytes) -> bytes:
        """What this unit's result depends on, 32 bytes: the same work is never done twice."""
        told = {
            "format": FORMAT,
            "base": base.hex(),
            "method": [order.method, order.how.version],
            "tolerance": order.tolerance,
            "codec": order.codec.name,
            "durable": order.durable,
            "signed": order.fleet_key is not None and self.device.hardware is not None,
            "hardware": None if self.device.hardware is None else self.device.hardware.hex(),
            "old": None if self.old is None else hashlib.sha256(self.old.packed).hexdigest(),
            "evaluation": None if self.evaluation is None else self.evaluation.digest.hex(),
        }
        # A store keeps one label for each window and never changes it, so digests of windows say all. Labels, which an
        # encrypted store hides, could be tried out on a digest that covers them.
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode() + b"".join(self.training.digests)).digest()
