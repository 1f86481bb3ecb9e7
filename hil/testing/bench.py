"""The boards that a run of tests may use: chosen, locked, flashed.

Inventory and runners are asked only when boards are wanted, so that a project without any pays nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from firmware_bridge.image import Image
from hil.errors import HilError
from hil.inventory.board import Board, emulated_boards

ALL: Final = "all"
_LOAD: Final = "hil.inventory.load"
_LOCK: Final = "hil.inventory.lock"
_RUNNERS: Final = "hil.runners"


def boards_for(wanted: str, file: Path | None) -> list[Board]:
    """The boards that `wanted` names, in its order.

    Args:
        wanted: ids with commas between them; "all" for every board of the inventory, or every emulated one without.
        file: the inventory, None for the one that is found by itself.

    Raises:
        HilError: a board is not known, or the inventory cannot be read.
    """
    known = _inventory(file)
    if wanted == ALL:
        own = [board for board in known.values() if not board.emulated] if file is not None else []
        return own or [board for board in known.values() if board.emulated]
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise HilError(
            "there is no such board",
            expected=f"{', '.join(known)}, or {ALL}",
            received=", ".join(unknown) or "no name",
            remedy="`persona boards` lists them; --boards-file names an inventory",
        )
    return [known[name] for name in names]


def _inventory(file: Path | None) -> dict[str, Board]:
    load: Any = _module(_LOAD)
    if load is not None:
        found: dict[str, Board] = load.load(load.find(file))
        return found
    if file is not None:
        raise HilError(f"the inventory {file} cannot be read", remedy="install a release with `persona boards`")
    return emulated_boards()


@contextmanager
def locked(board: Board) -> Iterator[None]:
    """Have a board of the bench alone while the block runs; an emulated one is started anew for everybody.

    Raises:
        HilError: another process has it.
    """
    if board.emulated:
        yield
        return
    lock: Any = _module(_LOCK)
    if lock is None:
        raise HilError(f"the board {board.id} cannot be locked", remedy="install a release with `persona boards`")
    held: AbstractContextManager[None] = lock.locked(board)
    with held:
        yield


def flash(board: Board, image: Image) -> None:
    """Put `image` on a board of the bench.

    Raises:
        FlashFailedError: it cannot be put there.
        HilError: the board has no runner that could.
    """
    runners: Any = _module(_RUNNERS)
    if runners is None:
        raise HilError(f"the board {board.id} cannot be flashed", remedy="install a release with `persona flash`")
    runners.flash(board, image)


def _module(name: str) -> Any:
    """The module `name`, None where this release does not have it."""
    return importlib.import_module(name) if find_spec(name) is not None else None
