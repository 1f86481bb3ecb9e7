"""The entries of `boards.yaml`: what each may and must hold, and every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_bridge.platforms import PLATFORMS, platform_named
from hil.errors import InventoryError
from hil.inventory import nodes
from hil.inventory.board import Board
from hil.inventory.nodes import Node, WrongError
from hil.runners.registry import FLASHING

ALL_BOARDS: Final = "all"
"""What `--board` takes for every board; no board may be called so."""
REQUIRED: Final[Mapping[str, str]] = {
    "id": "its name on the command line",
    "platform": "what firmware is built for it",
    "runner": "what flashes it",
    "serial": "the port that it answers on, best one under /dev/serial/by-id/",
    "probe_id": "the serial number of its debug probe, or of the board itself where it is flashed without one",
}
_STABLE: Final = ("/dev/serial/by-id/", "/dev/serial/by-path/")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _id(node: Node) -> str:
    name = nodes.text(node)
    if not _ID.fullmatch(name) or name == ALL_BOARDS:
        raise WrongError(node, f"expected letters, digits, dots and dashes, and not {ALL_BOARDS!r}; received {name!r}")
    return name


def _params(node: Node) -> dict[str, tuple[str, ...]]:
    return {key.name: nodes.words(key.value) for key in nodes.keys(node)}


FIELDS: Final[Mapping[str, Callable[[Node], Any]]] = {
    "id": _id,
    "platform": lambda node: platform_named(nodes.one_of(node, tuple(PLATFORMS), "platform")),
    "runner": lambda node: nodes.one_of(node, tuple(FLASHING), "runner"),
    "serial": nodes.text,
    "baud": nodes.whole,
    "probe_id": nodes.text,
    "fixtures": lambda node: frozenset(nodes.words(node)),
    "flash_timeout": nodes.number,
    "notes": nodes.text,
    "runner_params": _params,
}
"""Each key of an entry, and what reads it."""
_ARGUMENTS: Final = {"flash_timeout": "flash_timeout_s"}


@dataclass
class Found:
    """What a file holds: `boards` by id, and `problems` and `warnings` as (line, text)."""

    boards: dict[str, Board] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)


def parse(text: str, name: str, taken: Mapping[str, str]) -> Found:
    """Read the text of a `boards.yaml`.

    Args:
        text: a list of entries.
        name: what messages call the file.
        taken: ids that are in use already, each with what has it.

    Raises:
        InventoryError: lists every mistake, each as `name:line: what`.
    """
    found = Found()
    seen = dict(taken)
    try:
        root = nodes.read(text)
        for entry in [] if root is None else nodes.items(root):
            _add(found, entry, seen)
    except WrongError as error:
        found.problems.append((error.line, str(error)))
    if found.problems:
        raise InventoryError("\n".join(f"{name}:{line}: {said}" for line, said in sorted(found.problems)))
    return found


def _add(found: Found, entry: Node, seen: dict[str, str]) -> None:
    """Take one entry, or what is wrong with it."""
    line = entry.start_mark.line + 1
    before = len(found.problems)
    try:
        values, places = _values(found, nodes.keys(entry))
    except WrongError as error:
        found.problems.append((error.line, str(error)))
        return
    for name in REQUIRED:
        if name not in places:
            found.problems.append((line, f"{name} is missing: {REQUIRED[name]}"))
    who = values.get("id")
    if who in seen:
        found.problems.append((places["id"], f"the id {who!r} is taken, by {seen[who]}"))
    elif who is not None:
        seen[who] = f"line {line}"
    _check_params(found, values, places, line)
    if len(found.problems) > before:
        return
    serial = values["serial"]
    if serial.startswith("/dev/") and not serial.startswith(_STABLE):
        said = f"{serial} may be another board after the next start; use a path under {_STABLE[0]}"
        found.warnings.append((places["serial"], said))
    found.boards[values["id"]] = Board(**{_ARGUMENTS.get(key, key): value for key, value in values.items()})


def _values(found: Found, keys: list[nodes.Key]) -> tuple[dict[str, Any], dict[str, int]]:
    """The values that are right, and the lines of all keys."""
    values: dict[str, Any] = {}
    places: dict[str, int] = {}
    for key in keys:
        line = key.node.start_mark.line + 1
        if key.name not in FIELDS:
            near = nodes.nearest(key.name, tuple(FIELDS))
            found.problems.append((line, f"unknown key {key.name!r}{near}; expected {', '.join(FIELDS)}"))
        elif key.name in places:
            found.problems.append((line, f"{key.name} stands here and in line {places[key.name]}"))
        else:
            places[key.name] = line
            try:
                values[key.name] = FIELDS[key.name](key.value)
            except WrongError as error:
                found.problems.append((error.line, f"{key.name}: {error}"))
    return values, places


def _check_params(found: Found, values: dict[str, Any], places: dict[str, int], line: int) -> None:
    """Hold `runner_params` to what the runner must know; what another one takes is for `--runner`."""
    runner = FLASHING.get(values.get("runner", ""))
    if runner is None:
        return
    params = values.get("runner_params", {})
    place = places.get("runner_params", line)
    every = tuple(dict.fromkeys(name for known in (runner, *FLASHING.values()) for name in known.params))
    for name in params:
        if name not in every:
            near = nodes.nearest(name, every)
            said = f"runner_params: no runner takes {name!r}{near}; {runner.name} takes {', '.join(runner.params)}"
            found.problems.append((place, said))
    for name, meaning in runner.needs.items():
        if name not in params and ("runner_params" not in places or "runner_params" in values):
            found.problems.append((place, f"runner_params: {runner.name} needs {name}: {meaning}"))
