"""The folder of a run: `run.json`, and the evidence of each board and scenario beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hil.errors import HilError
from hil.scenarios.evidence import versions
from hil.scenarios.result import FAILED, PASSED, SKIPPED, Result
from toolchain.bundle import Bundle
from toolchain.whole_file import write_whole

VERSION: Final = 1
RUN_FILE: Final = "run.json"


def make_run_folder(folder: Path) -> None:
    """An empty folder; what an earlier run left in it goes, anything else stays.

    Raises:
        HilError: it holds something that is no run, or cannot be made.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()):
            if not (folder / RUN_FILE).is_file():
                raise HilError(
                    f"{folder} is not empty and holds no run",
                    expected="a new folder, or that of an earlier run",
                    remedy="choose another folder for -o",
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # From here on the folder is that of a run, also if the run does not come to its end.
        (folder / RUN_FILE).write_text("{}\n")
    except OSError as error:
        raise HilError(f"cannot make the folder {folder}", received=str(error)) from error


def document(
    bundle: Bundle, results: Sequence[Result], command: Sequence[str], started: datetime, seconds: float
) -> dict[str, Any]:
    """What `run.json` holds."""
    return {
        "version": VERSION,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "command": list(command),
        "versions": versions(),
        "bundle": {
            "name": bundle.name,
            "base": bundle.base.hex(),
            "layout": bundle.layout.fingerprint.hex(),
        },
        "results": [result.to_json() for result in results],
    }


def write_run(folder: Path, run: dict[str, Any]) -> None:
    """Write `run.json`, whole or not at all."""
    write_whole(folder / RUN_FILE, (json.dumps(run, indent=2) + "\n").encode())


def board_rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """One row for each board: all its scenarios together."""
    boards = dict.fromkeys(result.board.id for result in results)
    return [_row([result for result in results if result.board.id == board]) for board in boards]


def _row(results: Sequence[Result]) -> dict[str, Any]:
    board = results[0].board
    verdicts = [result.verdict for result in results]
    image = next((result.image for result in results if result.image is not None), None)
    bad = next((result for result in results if result.verdict == FAILED), None)
    skipped = next((result for result in results if result.verdict == SKIPPED), None)
    told = bad or skipped
    return {
        "board": board.id,
        "core": board.platform.core,
        "verdict": FAILED if FAILED in verdicts else PASSED if PASSED in verdicts else SKIPPED,
        "verified": sum(result.record.compared.equal for result in results),
        "total": sum(result.record.compared.total for result in results),
        "flash_bytes": None if image is None else image.flash_bytes,
        "ram_bytes": None if image is None else image.ram_bytes,
        "instructions": next((r.instructions for r in results if r.instructions is not None), None),
        "passed": verdicts.count(PASSED),
        "failed": verdicts.count(FAILED),
        "skipped": verdicts.count(SKIPPED),
        "failure": None if bad is None or bad.failure is None else bad.failure.to_json(),
        "reason": "" if told is None else f"{told.scenario}: {told.reason}",
    }
