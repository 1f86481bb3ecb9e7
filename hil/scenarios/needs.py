"""What a scenario may need of a board or of a bundle; where it is missing, the scenario is skipped with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from hil.emulator import STORING
from hil.inventory.board import Board
from toolchain.bundle import Bundle

Need = Callable[[Board, Bundle], "str | None"]
"""Why it is missing; None if it is there."""


def _flash(board: Board, _bundle: Bundle) -> str | None:
    if board.emulated:
        return None if board.platform.name in STORING else f"the emulated {board.id} keeps no flash over a power cut"
    return None if "flash" in board.fixtures else f"{board.id} has no fixture flash: nothing says that it stores edits"


def _power(board: Board, _bundle: Bundle) -> str | None:
    return None if board.emulated else f"nothing here can cut the power of {board.id}"


def _adaptive(_board: Board, bundle: Bundle) -> str | None:
    return None if bundle.layout.size else f"nothing in {bundle.name} is adaptive"


NEEDS: Final[Mapping[str, Need]] = MappingProxyType({"flash": _flash, "power": _power, "adaptive": _adaptive})


def missing(needs: tuple[str, ...], board: Board, bundle: Bundle) -> str | None:
    """The first reason why `board` with `bundle` lacks what is needed; None if it has all."""
    return next((why for need in needs if (why := NEEDS[need](board, bundle)) is not None), None)
