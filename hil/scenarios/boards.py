"""Which boards a run is on."""

from __future__ import annotations

from collections.abc import Mapping

from hil.errors import HilError
from hil.inventory.board import Board, emulated_boards

ALL = "all"


def chosen(wanted: str, known: Mapping[str, Board] | None = None) -> list[Board]:
    """The boards of a comma-separated list of ids, or all that are `known` (the emulated ones unless given).

    Raises:
        HilError: there is no such board.
    """
    boards = emulated_boards() if known is None else known
    if wanted == ALL:
        return list(boards.values())
    ids = list(dict.fromkeys(part.strip() for part in wanted.split(",") if part.strip()))
    unknown = next((name for name in ids if name not in boards), None)
    if unknown is not None or not ids:
        raise HilError(f"there is no board {unknown or wanted!r}", expected=f"{ALL}, or some of {', '.join(boards)}")
    return [boards[name] for name in ids]
