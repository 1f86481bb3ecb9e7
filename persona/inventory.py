"""The inventory of boards, the same way on every command that uses one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from persona.options import FILE
from persona.output import Output

if TYPE_CHECKING:
    from hil.inventory.board import Board

F = TypeVar("F", bound=Callable[..., Any])


def inventory_option(function: F) -> F:
    """The option `--inventory`."""
    return click.option(
        "--inventory",
        type=FILE,
        metavar="FILE",
        help="The inventory of boards. [PERSONA_BOARDS, or boards.yaml in the current folder]",
    )(function)


def opened_inventory(option: Path | None, output: Output) -> tuple[Path | None, dict[str, Board]]:
    """Where the inventory is, None for nowhere, and all boards by id; its warnings are said.

    Raises:
        InventoryError: it is not where it should be, or something in it is wrong.
    """
    from hil.inventory.load import InventoryWarning, find, load

    path = find(option)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", InventoryWarning)
        boards = load(path)
    for warning in caught:
        output.say(f"warning: {warning.message}")
    return path, boards
