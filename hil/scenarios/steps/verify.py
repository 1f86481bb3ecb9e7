"""`verify`: the bank and what is computed with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from hil.scenarios.arguments import LEAST
from hil.scenarios.steps.golden import hold_to_reference

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class Verify:
    """Read the bank back, bit for bit, and run golden vectors with it.

    Attributes:
        samples: vectors; random ones follow where the bundle has fewer.
    """

    samples: int = field(default=8, metadata={LEAST: 1})

    NAME: ClassVar[str] = "verify"

    def run(self, state: State) -> None:
        """Do it."""
        before = state.device.link.cost
        hold_to_reference(state, self.samples, "the bank that was read back")
        state.record.wire_bytes["verify"] += (state.device.link.cost - before).wire_bytes
