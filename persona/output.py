"""Where a command's words go, and where its machine-readable result goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from toolchain import whole_file
from toolchain.errors import PersonaError

F = TypeVar("F", bound=Callable[..., Any])


class OutputError(PersonaError):
    """A result cannot be written."""


class Output:
    """Text for people and one JSON object for a machine.

    Args:
        target: a path for the JSON, `-` for standard output (text then goes to standard error), None for no JSON.
    """

    def __init__(self, target: str | None) -> None:
        self._target = target
        self._text_to_stderr = target == "-"
        if target is not None and target != "-" and not Path(target).absolute().parent.is_dir():
            raise OutputError(f"there is no folder for {target}", remedy="make it, or choose another path for --json")

    def say(self, text: str = "") -> None:
        """A line for people."""
        click.echo(text, err=self._text_to_stderr)

    def table(self, rows: Iterable[tuple[str, object]]) -> None:
        """Names and values in two columns."""
        known = [(name, str(value)) for name, value in rows]
        width = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            self.say(f"  {name:<{width}}  {value}")

    def result(self, values: Mapping[str, Any]) -> None:
        """The command's result, once, when it is complete."""
        if self._target is None:
            return
        text = json.dumps(values, indent=2)
        if self._target == "-":
            click.echo(text)
            sys.stdout.flush()
            return
        write_whole(Path(self._target), (text + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        whole_file.write_whole(path, content)
    except OSError as error:
        raise OutputError(f"cannot write {path}", received=str(error), remedy="choose another path") from error


def json_option(function: F) -> F:
    """The option `--json`, the same on every command; the command gets it as `json_target`."""
    return click.option(
        "--json",
        "json_target",
        metavar="FILE|-",
        help="Write the result as JSON to FILE, or to standard output with - (text then goes to standard error).",
    )(function)
