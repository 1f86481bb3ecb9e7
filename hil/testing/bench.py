"""The boards that a run of tests may use: chosen, locked, flashed.

Inventory and runners are imported only when boards are wanted, so that a project without any pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_bridge.image import Image
from hil.inventory.board import Board
from hil.inventory.choice import chosen


def boards_for(wanted: str, file: Path | None) -> list[Board]:
    """The boards that `wanted` names, in its order.

    Args:
        wanted: ids with commas between them; "all" for every board of the inventory, or every emulated one without.
        file: the inventory, None for the one that is found by itself.

    Raises:
        HilError: a board is not known, or the inventory cannot be read.
    """
    from hil.inventory.load import find, load

    return chosen(wanted, load(find(file)), bench=file is not None)


@contextmanager
def locked(board: Board) -> Iterator[None]:
    """Have a board of the bench alone while the block runs; an emulated one is started anew for everybody.

    Raises:
        BoardBusyError: another process has it.
    """
    from hil.inventory import lock

    with lock.locked(board):
        yield


def flash(board: Board, image: Image) -> None:
    """Put `image` on a board of the bench.

    Raises:
        FlashFailedError: it cannot be put there.
        HilError: the board has no runner that could.
    """
    from hil import runners

    runners.flash(board, image)
