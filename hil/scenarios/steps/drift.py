"""`drift`: show the device its context and ask how far that has drifted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hil.scenarios.arguments import LEAST
from hil.scenarios.errors import StepError
from toolchain.statistics import drift

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class Drift:
    """Let the device remember context windows; WATCH must tell what the reference tells.

    Attributes:
        windows: how many of the device's context; all that it can hold if it is left out.
        least: smallest drift that is expected, in units of the reference's spread.
    """

    windows: int | None = field(default=None, metadata={LEAST: 1})
    least: float = field(default=0.0, metadata={LEAST: 0})

    NAME: ClassVar[str] = "drift"

    def run(self, state: State) -> None:
        """Do it."""
        device, windows = state.device, state.plan.windows.context
        shown = list(windows)[: self.windows or device.hello.context_capacity]
        for window in shown:
            state.infer(window, remember=True)
        state.require_all_equal("the context")
        _hold(state, len(shown))
        if device.watch().drift < 256 * self.least:  # toolchain.statistics.DRIFT_ONE
            raise StepError(
                "the context drifted less than the scenario expects",
                expected=f"at least {self.least:g}",
                received=f"{device.watch().drift / 256:.3f}",
                remedy="show it other windows, or expect less",
            )


def _hold(state: State, shown: int) -> None:
    """WATCH is that of the embeddings that the reference makes of the same windows."""
    capacity, reference = state.device.hello.context_capacity, state.plan.bundle.reference
    windows = list(state.plan.windows.context)[max(0, shown - capacity) : shown]
    rows = [state.reference.run(window, state.active.bank).embedding for window in windows]
    embeddings = [np.ascontiguousarray(row).reshape(-1) for row in rows if row is not None]
    if not embeddings or reference is None or not capacity:
        return
    expected = drift(np.stack(embeddings).astype(np.int8), reference)
    came = state.device.watch()
    tally = state.record.compared
    tally.compare("drift", f"{len(embeddings)} {expected}".encode(), f"{came.held} {came.drift}".encode())
    state.require_all_equal("the drift")
