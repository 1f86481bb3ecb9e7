"""`boot`: build, flash or start, greet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from firmware_bridge.build_settings import DEVELOPMENT

if TYPE_CHECKING:
    from hil.scenarios.state import State


@dataclass(frozen=True)
class Boot:
    """Bring the board up with the bundle's firmware and hold it to its factory head.

    Attributes:
        limits: whether the firmware limits how often its bank changes; a soak needs one without.
        buffered: whether bytes may wait before the UART of an emulated board, where it can have that: a long
            conversation is faster, the first HELLO later.
    """

    limits: bool = True
    buffered: bool = False

    NAME: ClassVar[str] = "boot"

    def run(self, state: State) -> None:
        """Do it."""
        state.power_up(replace(DEVELOPMENT, limits=self.limits), buffered=self.buffered)
        state.require_bank()
