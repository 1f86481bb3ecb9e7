"""Which boards a run is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hil.errors import HilError
from hil.inventory.board import Board

ALL: Final = "all"


def chosen(wanted: str, known: Mapping[str, Board], *, bench: bool = False) -> list[Board]:
    """The boards that `wanted` names, in its order, each once.

    Args:
        wanted: ids with commas between them; "all" for every emulated board, or with `bench` for every board that is
            none, if there are any.
        known: boards by id.
        bench: whether an inventory was named.

    Raises:
        HilError: a board is not known.
    """
    if wanted == ALL:
        own = [board for board in known.values() if not board.emulated] if bench else []
        return own or [board for board in known.values() if board.emulated]
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise HilError(
            "there is no such board",
            expected=f"{', '.join(known)}, or {ALL}",
            received=", ".join(unknown) or "no name",
            remedy="`persona boards` lists them",
        )
    return [known[name] for name in names]
