"""`accuracy`: how many labelled windows the device gets right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hil.scenarios.arguments import LEAST

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class Accuracy:
    """Infer on labelled windows and count; what comes before the first edit is `before`, else `after`.

    Attributes:
        windows: at most so many; there may be none, and then there is no figure.
    """

    windows: int = field(default=64, metadata={LEAST: 1})

    NAME: ClassVar[str] = "accuracy"

    def run(self, state: State) -> None:
        """Do it."""
        windows, signal = state.plan.windows, state.plan.bundle.outputs[0]
        right = []
        for window, label in zip(windows.labelled[: self.windows], windows.labels, strict=False):
            came = state.infer(window).output[: signal.nbytes]
            right.append(int(np.argmax(signal.decode(signal.parse(came)))) == label)
        if right:
            when = "after" if state.record.edits else "before"
            state.record.accuracy[when] = round(float(np.mean(right)), 6)
        state.require_all_equal("the labelled windows")
