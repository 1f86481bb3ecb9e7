"""Reading a run's folder: `run.json`, and the ends of the logs of what failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from hil.report.errors import RunError
from hil.report.run import FAILED, Run, parse_run

RUN_FILE: Final = "run.json"
LOGS: Final = {"device log": "device.log", "frames on the line": "frames.txt", "commands": "commands.txt"}
_TAIL_BYTES: Final = 64 * 1024
_TAIL_LINES: Final = 60


@dataclass(frozen=True)
class Recorded:
    """A run and the logs of what failed: of each place in `run.results`, name to the last lines."""

    run: Run
    logs: dict[int, dict[str, str]] = field(default_factory=dict)


def read_run(folder: Path) -> Recorded:
    """Read the run in `folder`.

    Raises:
        RunError: the folder holds no run, or one that is damaged or of another version.
    """
    try:
        data = (folder / RUN_FILE).read_bytes()
    except OSError as error:
        raise RunError(
            f"{folder} holds no run",
            expected=f"a folder with {RUN_FILE}",
            received=error.strerror or str(error),
            remedy="make one: persona hil run --board all --bundle BUNDLE -o RUN",
        ) from error
    run = parse_run(data)
    failures = ((place, result.evidence) for place, result in enumerate(run.results) if result.verdict == FAILED)
    return Recorded(run, {place: dict(_logs(folder, below)) for place, below in failures if below is not None})


def _logs(folder: Path, below: PurePosixPath) -> Iterator[tuple[str, str]]:
    root = folder.resolve()
    for name, file in LOGS.items():
        path = (root / below / file).resolve()
        if path.is_relative_to(root) and path.is_file():
            yield name, _tail(path)


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).decode(errors="replace").splitlines()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "\n".join(lines[-_TAIL_LINES:])
