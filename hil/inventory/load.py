"""The boards there are: those of `boards.yaml`, wherever it is, and the emulated ones."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hil.errors import InventoryError, MissingToolError
from hil.inventory.board import Board, emulated_boards

FILE: Final = "boards.yaml"
VARIABLE: Final = "PERSONA_BOARDS"


class InventoryWarning(UserWarning):
    """Something in `boards.yaml` that works today."""


def find(option: Path | None = None, environment: Mapping[str, str] | None = None) -> Path | None:
    """Where `boards.yaml` is: at `option`, at PERSONA_BOARDS, in the current folder; None if nowhere.

    Raises:
        InventoryError: `option` or the variable names a file that is not there.
    """
    variable = (os.environ if environment is None else environment).get(VARIABLE)
    for named, by in ((option, "--inventory"), (Path(variable) if variable else None, VARIABLE)):
        if named is not None:
            if not named.is_file():
                raise InventoryError(f"there is no inventory {named}", expected=f"the file that {by} names")
            return named
    here = Path(FILE)
    return here if here.is_file() else None


def load(path: Path | None = None) -> dict[str, Board]:
    """The boards of the file at `path`, None for no file, and after them the emulated ones, by id.

    What works today and may not tomorrow, as a port without a stable path, is an `InventoryWarning`.

    Raises:
        InventoryError: the file cannot be read, or lists every mistake in it with its line.
        MissingToolError: PyYAML is not installed.
    """
    emulated = emulated_boards()
    if path is None:
        return emulated
    try:
        from hil.inventory.schema import parse
    except ModuleNotFoundError as error:
        raise MissingToolError(
            f"{path} cannot be read", expected="PyYAML", received=str(error), remedy="pip install 'persona-mcu[hil]'"
        ) from error
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InventoryError(f"{path} cannot be read", received=str(error)) from error
    found = parse(text, str(path), dict.fromkeys(emulated, "an emulated board"))
    for line, said in found.warnings:
        warnings.warn(f"{path}:{line}: {said}", InventoryWarning, stacklevel=2)
    return {**found.boards, **emulated}


def board_named(boards: Mapping[str, Board], name: str) -> Board:
    """The board `name` of `boards`.

    Raises:
        InventoryError: there is none.
    """
    found = boards.get(name)
    if found is None:
        raise InventoryError(
            "there is no such board", expected=", ".join(boards), received=name, remedy="see persona boards"
        )
    return found
