"""`revert`: back to the bank before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from toolchain.digest import bank_digest

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class Revert:
    """Run the bank again that ran before the last edit; a probation ends with that."""

    NAME: ClassVar[str] = "revert"

    def run(self, state: State) -> None:
        """Do it."""
        edit = state.active.edit
        unsettled = edit is not None and edit.durable and state.active is not state.confirmed
        if unsettled:
            state.device.drop()
        else:
            state.device.revert(bank_digest(state.other.bank))
        state.active, state.other = state.other, state.active
        state.require_bank()
        state.note(state.active, "revert")
