"""What a test needs of its board, by markers: an FPU, durable storage, something wired to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hil.inventory.board import Board

WITHOUT_FPU: Final = frozenset({"cortex-m0", "cortex-m0plus", "cortex-m1", "cortex-m3", "cortex-m23"})


def reason_to_skip(board: Board, *, fpu: bool, fixtures: Iterable[str]) -> str | None:
    """Why a test with these needs cannot run on `board`; None if it can, as far as is known before it is up."""
    core = board.platform.core
    if fpu and core in WITHOUT_FPU:
        return f"{board.id}: a {core} has no FPU"
    missing = sorted(set(fixtures) - board.fixtures)
    if missing:
        return f"{board.id}: its inventory entry does not list the fixture {', '.join(missing)}"
    return None
