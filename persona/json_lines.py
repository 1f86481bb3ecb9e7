"""One JSON object a line, written as it happens: to a file, to standard output, or nowhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from persona.output import OutputError


class JsonLines:
    """Where lines go; `json_lines` makes one.

    Args:
        name: what an error calls it.
        stream: takes the text; None for nowhere.
    """

    def __init__(self, name: str, stream: TextIO | None) -> None:
        self._name = name
        self._stream = stream

    def write(self, values: Mapping[str, Any]) -> None:
        """Add one object."""
        self.line(json.dumps(values))

    def line(self, text: str) -> None:
        """Add one line that is JSON already; it is there for others to read at once.

        Raises:
            OutputError: it cannot be written.
        """
        if self._stream is None:
            return
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _failure(self._name, error) from error


@contextmanager
def json_lines(target: str | None) -> Iterator[JsonLines]:
    """Lines for a path (added to what is there), for standard output with `-`, or for nowhere with None.

    Raises:
        OutputError: the file cannot be opened.
    """
    if target is None or target == "-":
        yield JsonLines("standard output", sys.stdout if target else None)
        return
    try:
        file = Path(target).open("a", encoding="utf-8")  # noqa: SIM115  # closed below
    except OSError as error:
        raise _failure(target, error) from error
    with file:
        yield JsonLines(target, file)


def _failure(name: str, error: OSError) -> OutputError:
    return OutputError(f"cannot write {name}", received=str(error), remedy="choose another path")
