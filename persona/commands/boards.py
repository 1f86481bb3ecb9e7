"""`persona boards`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from persona.help import Command
from persona.inventory import inventory_option, opened_inventory
from persona.output import Output, json_option

if TYPE_CHECKING:
    from hil.inventory.board import Board
    from hil.inventory.plugged import Port, State


@click.command("boards", cls=Command, short_help="List the boards there are, and what is plugged in.")
@inventory_option
@json_option
def command(*, inventory: Path | None, json_target: str | None) -> None:
    """List the boards of boards.yaml with what is plugged in, and those that can be emulated.

    A port that no board of the inventory has is listed at the end, with the path and the number for its entry.

    Examples:
        persona boards
        persona boards --inventory bench/boards.yaml --json -
    """
    output = Output(json_target)
    from hil.inventory.plugged import ports, state, strangers

    path, boards = opened_inventory(inventory, output)
    found = ports()
    states = {name: state(board, found) for name, board in boards.items()}
    output.say(f"boards of {path}" if path else "no boards.yaml: only emulated boards")
    for row in _rows([("id", "platform", "core", "runner", "serial", "state"), *_cells(boards, states)]):
        output.say(f"  {row}")
    others = strangers(boards.values(), found)
    if others:
        output.say("ports without an entry")
        output.table([(port.stable or port.device, _about(port)) for port in others])
    output.result(
        {
            "inventory": None if path is None else str(path),
            "boards": [_described(board, states[name]) for name, board in boards.items()],
            "other_ports": [vars(port) for port in others],
        }
    )


def _cells(boards: dict[str, Board], states: dict[str, State]) -> list[tuple[str, ...]]:
    return [
        (board.id, board.platform.name, board.platform.core, board.runner, board.serial or "-", states[name].text)
        for name, board in boards.items()
    ]


def _rows(cells: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _about(port: Port) -> str:
    return f"{port.description}, serial number {port.serial_number or 'none'}"


def _described(board: Board, state: State) -> dict[str, Any]:
    return {
        "id": board.id,
        "platform": board.platform.name,
        "core": board.platform.core,
        "runner": board.runner,
        "serial": board.serial,
        "baud": board.baud,
        "probe_id": board.probe_id,
        "fixtures": sorted(board.fixtures),
        "emulated": board.emulated,
        "ready": state.ready,
        "state": state.text,
        "notes": board.notes,
    }
