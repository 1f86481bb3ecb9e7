"""`confirm`: end the probation of a durable edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hil.comparison import require_equal
from hil.scenarios.errors import StepError

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class Confirm:
    """Confirm the edit that runs: a reset brings it back from now on."""

    NAME: ClassVar[str] = "confirm"

    def run(self, state: State) -> None:
        """Do it."""
        edit = state.active.edit
        if edit is None or not edit.durable:
            raise StepError("there is nothing to confirm", remedy="put `edit: {durable: true}` before it")
        counter = state.device.confirm(edit.digest)
        require_equal("the confirmed counter", str(edit.counter).encode(), str(counter).encode())
        state.confirmed = state.active
        state.note(state.active, "confirm")
