"""Play a scenario on a board, and say how it ended."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from firmware_bridge.errors import NoRoomError
from hil.errors import MissingToolError
from hil.scenarios.evidence import write_commands
from hil.scenarios.needs import missing
from hil.scenarios.result import FAILED, PASSED, SKIPPED, Result
from hil.scenarios.scenario import Scenario
from hil.scenarios.state import Plan, State
from hil.station import LOG_FILE
from hil.verdict import Failed, failed
from toolchain.errors import PersonaError

_TAIL_LINES: Final = 10


def play(scenario: Scenario, plan: Plan, clock: Callable[[], float] = time.monotonic) -> Result:
    """Play `scenario` once. Nothing is tried again; nothing is left running.

    Args:
        scenario: what is done.
        plan: with what; its folder of evidence is made, and its storage belongs to this scenario alone.
        clock: seconds that never go back.
    """
    lacking = missing(scenario.needs, plan.board, plan.bundle)
    if lacking is not None:
        return Result(plan.board, scenario.name, SKIPPED, lacking)
    state = State(plan)
    begun = Result(plan.board, scenario.name, PASSED, record=state.record)
    try:
        with state:
            for step in scenario.steps:
                started = clock()
                try:
                    step.run(state)
                finally:
                    state.record.latency_s[step.NAME] += clock() - started
    except PersonaError as error:
        begun = _ended(begun, error, plan.evidence)
    if state.image is not None:
        write_commands(plan, state.image)
    return replace(begun, image=state.image)


def play_in(run_folder: Path, scenario: Scenario, plan: Plan, name: str) -> Result:
    """Play with evidence in `run_folder`/board/name and a flash of its own, which is gone afterwards."""
    inside = f"{plan.board.id}/{name}"
    with tempfile.TemporaryDirectory(prefix="persona-flash-") as flash:
        own = replace(plan, evidence=run_folder / inside, storage=Path(flash) / "flash")
        result = play(scenario, own)
    return replace(result, scenario=name, evidence=inside if own.evidence.is_dir() else "")


def _ended(result: Result, error: PersonaError, evidence: Path) -> Result:
    """The result of a scenario that `error` ended."""
    if isinstance(error, MissingToolError | NoRoomError):
        return replace(result, verdict=SKIPPED, reason=str(error))
    failure = failed(error)
    if failure is None:
        # It says nothing about the board, and yet nothing was proven.
        return replace(result, verdict=FAILED, reason=str(error))
    told = failure.message + _tail(evidence)
    return replace(result, verdict=FAILED, reason=error.what, failure=Failed(failure.failure, told))


def _tail(evidence: Path) -> str:
    """The last lines that the device logged."""
    path = evidence / LOG_FILE
    if not path.is_file():
        return ""
    with path.open(errors="replace") as lines:
        tail = deque(lines, _TAIL_LINES)
    return "\nthe device's last log lines:\n" + "".join(tail).rstrip() if tail else ""
