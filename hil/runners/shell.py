"""Runs a plan: each step in a process group of its own, with a deadline, judged by exit code and output."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from firmware_bridge.image import Image
from hil.errors import FlashFailedError, HilError, MissingToolError
from hil.inventory.board import Board
from hil.process import guarded
from hil.runners.plan import PROGRAM_PARAM, Plan, Runner, Step
from hil.runners.program import read_program
from hil.runners.registry import runner_named

Tell = Callable[[str], None]

_TAIL_LINES: Final = 20


def flash(board: Board, image: Image, runner: str | None = None, tell: Tell = lambda _: None) -> None:
    """Put `image` on `board` and verify it there; the board runs it afterwards.

    Args:
        board: of the bench; an emulated one is started with its image instead (`hil.emulator.start`).
        image: what goes onto it.
        runner: another runner than the board's own.
        tell: gets each command line before it runs.

    Raises:
        MissingToolError: the runner's program is not installed.
        FlashFailedError: a step fails, takes too long, or finds another memory than the image.
        HilError: the board is emulated, or its entry lacks what the runner must know.
    """
    if board.emulated:
        raise HilError(
            f"{board.id} is emulated: it is started with an image, not flashed", remedy="use hil.emulator.start"
        )
    with tempfile.TemporaryDirectory(prefix="persona-flash-") as work:
        chosen = runner_of(board, runner)
        plan = plan_of(board, image.path, Path(work), runner)
        for name, content in plan.files.items():
            (Path(work) / name).write_bytes(content)
        for step in plan.steps:
            tell(step.line)
            run_step(board, step, chosen.remedy)


def runner_of(board: Board, name: str | None = None) -> Runner:
    """The runner `name`, or the board's own, if the board has what that needs.

    Raises:
        HilError: there is no such runner, or the board's entry lacks a parameter.
    """
    runner = runner_named(name or board.runner)
    missing = [param for param in runner.needs if not board.runner_params.get(param)]
    if missing:
        raise HilError(
            f"{board.id} cannot be flashed by {runner.name}",
            expected="; ".join(f"{param}: {runner.needs[param]}" for param in missing),
            received=f"runner_params without {', '.join(missing)}",
            remedy="add it to the board's entry in boards.yaml",
        )
    return runner


def plan_of(board: Board, elf: Path, work: Path, runner: str | None = None) -> Plan:
    """What `flash` would do with the ELF file at `elf` and the work folder `work`.

    Raises:
        HilError: as `runner_of`, or the file cannot be flashed.
    """
    chosen = runner_of(board, runner)
    if chosen.name != board.runner:
        # Another program is that of the board's own runner.
        params = {name: value for name, value in board.runner_params.items() if name != PROGRAM_PARAM}
        board = replace(board, runner=chosen.name, runner_params=params)
    return chosen.plan(board, read_program(elf.absolute()), work)


def resolve(program: str, remedy: str) -> str:
    """Path of `program`: beside the interpreter, else on PATH.

    Raises:
        MissingToolError: there is none.
    """
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if found is None:
        raise MissingToolError(
            f"{program} is missing",
            expected=f"{program} on PATH or beside {sys.executable}",
            received="no such program",
            remedy=remedy,
        )
    return found


def run_step(board: Board, step: Step, remedy: str) -> str:
    """Run one step to its end; gives its output.

    Raises:
        MissingToolError: its program is not installed.
        FlashFailedError: it fails or takes too long.
    """
    command = replace(step, argv=(resolve(step.argv[0], remedy), *step.argv[1:])).argv
    try:
        with guarded(command) as process:
            code = process.exit_code(step.deadline_s)
            process.stop()
            output = process.output()
    except OSError as error:
        raise MissingToolError(f"{step.argv[0]} cannot be run", received=str(error), remedy=remedy) from error
    why = _problem(step, code, output)
    if why is None:
        return output
    tail = "\n".join(output.splitlines()[-_TAIL_LINES:])
    raise FlashFailedError(
        f"{board.id}: cannot {step.what}",
        expected=_expected(step),
        received=f"{why}; its last lines were\n{tail}" if tail else f"{why}, without a word",
        remedy=f"check cable and probe; the command was\n    {step.line}",
    )


def _problem(step: Step, code: int | None, output: str) -> str | None:
    if code is None:
        return f"no end within {step.deadline_s:g} s"
    if code != os.EX_OK:
        return f"exit code {code}"
    for text in step.refuse:
        if text in output:
            return f"it says {text!r}"
    for text in step.require:
        if text not in output:
            return f"it does not say {text!r}"
    return None


def _expected(step: Step) -> str:
    said = "".join(f", {text!r} in what it prints" for text in step.require)
    return f"exit code 0 within {step.deadline_s:g} s{said}"
