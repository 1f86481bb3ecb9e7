"""`golden`: the golden vectors, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from hil.conformance import verify
from hil.scenarios.arguments import LEAST

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class GoldenVectors:
    """Run golden vectors with the active bank: outputs and the digest of every layer are the reference's.

    Attributes:
        samples: vectors; random ones follow where the bundle has fewer. All golden ones if it is left out.
    """

    samples: int | None = field(default=None, metadata={LEAST: 1})

    NAME: ClassVar[str] = "golden"

    def run(self, state: State) -> None:
        """Do it."""
        count_ticks(state)
        hold_to_reference(state, self.samples, "the golden vectors")


def count_ticks(state: State) -> None:
    """One inference that is not traced tells what an inference costs."""
    bundle = state.plan.bundle
    if len(bundle.golden):
        came = state.device.infer(bundle.golden.input_bytes(0), forget=bundle.model.stateful)
        state.record.ticks = came.ticks


def hold_to_reference(state: State, samples: int | None, what: str) -> None:
    """Run `samples` vectors with the bank that must be active.

    Raises:
        WrongResultError: one differs.
    """
    state.require_bank()
    report = verify(state.device, state.plan.bundle, None, samples, state.plan.progress)
    tally = state.record.compared
    tally.equal += report.equal
    tally.total += report.total
    tally.first_difference = tally.first_difference or report.first_difference
    state.require_all_equal(what)
