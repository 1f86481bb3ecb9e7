"""What a runner answers with: files to write, then programs to run. Values only; `hil.runners.shell` does it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hil.inventory.board import Board
from hil.runners.program import Program

PROGRAM_PARAM: Final = "program"
"""The parameter of every runner that names another program than the usual one."""


@dataclass(frozen=True)
class Step:
    """One program with its arguments.

    Attributes:
        argv: `argv[0]` is looked up beside the interpreter and on PATH.
        what: what it does, as a message says it.
        deadline_s: it is killed after that, and flashing has failed.
        require: texts that its output must hold, for programs whose exit code does not tell.
        refuse: texts that its output must not hold.
    """

    argv: tuple[str, ...]
    what: str
    deadline_s: float
    require: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The command as a shell would take it."""
        return shlex.join(self.argv)


@dataclass(frozen=True)
class Plan:
    """`files` (name to content) are written into the work folder, then `steps` run in order."""

    steps: tuple[Step, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)


Planner = Callable[[Board, Program, Path], Plan]
"""Board, what is flashed, work folder."""


@dataclass(frozen=True)
class Runner:
    """One way to flash.

    Attributes:
        name: as `boards.yaml` and `--runner` call it.
        program: what it drives.
        remedy: how to get that.
        plan: what is done.
        needs: the parameters that `runner_params` must hold, each with what it means.
        takes: those that it may hold.
    """

    name: str
    program: str
    remedy: str
    plan: Planner
    needs: Mapping[str, str] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, str]:
        """Every parameter, with what it means."""
        return {**self.needs, **self.takes, PROGRAM_PARAM: f"another program than {self.program}"}


def word(board: Board, name: str, default: str = "") -> str:
    """The parameter `name` of `board`, its words joined; `default` if it has none."""
    return " ".join(board.runner_params.get(name, ())) or default


def words(board: Board, name: str) -> tuple[str, ...]:
    """The words of the parameter `name` of `board`."""
    return tuple(board.runner_params.get(name, ()))
