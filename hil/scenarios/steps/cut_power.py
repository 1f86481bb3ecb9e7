"""`cut_power`: the device dies without a word and starts again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from firmware_bridge.messages import Boot as Booted
from hil.comparison import require_equal
from hil.emulator import STORING
from hil.scenarios.errors import StepError

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class CutPower:
    """Kill the emulator and start it with the same flash: what was confirmed is there, the rest is not."""

    NAME: ClassVar[str] = "cut_power"

    def run(self, state: State) -> None:
        """Do it."""
        board = state.plan.board
        if not board.emulated or board.platform.name not in STORING:
            raise StepError(
                f"the power of {board.id} cannot be cut",
                expected=", ".join(sorted(STORING)),
                remedy="let the scenario say `needs: [flash, power]`",
            )
        edit = state.active.edit
        dropped = edit is not None and edit.durable and state.active is not state.confirmed
        state.power_up(state.settings)
        state.active = state.other = state.confirmed
        expected = Booted.DROPPED if dropped else Booted.FACTORY if state.confirmed.edit is None else Booted.RESTORED
        require_equal("the kind of boot", expected.name.encode(), state.device.status().boot.name.encode())
        state.require_bank()
        state.note(state.active, "restored")
