"""Run the programs of a build: found beside the interpreter or on PATH, with a deadline, and never left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from firmware_bridge.errors import BuildError
from toolchain.progress import Progress, silent

DEADLINE_S: Final = 600.0
_TAIL_LINES: Final = 20
_STEP: Final = re.compile(r"^\[(\d+)/(\d+)\]")


def tool(name: str) -> str:
    """Path of the program `name`: the wheel's, beside the interpreter, before the one on PATH.

    Raises:
        BuildError: there is none.
    """
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    if found is None:
        raise BuildError(
            f"the build tool {name} is missing",
            expected=f"{name} beside {sys.executable} or on PATH",
            received="no such program",
            remedy=f"pip install {name}",
        )
    return found


def run(
    command: Sequence[str], purpose: str, *, cwd: Path, progress: Progress = silent, deadline_s: float = DEADLINE_S
) -> None:
    """Run `command` to its end; its steps (`[3/40] ...`) go to `progress` as the stage `build`.

    Raises:
        BuildError: it fails or takes longer than `deadline_s`; the message ends with the tail of its output.
    """
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    # A session of its own, so that the deadline and Ctrl-C end the compilers below as well.
    with subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        env={**os.environ, "NINJA_STATUS": "[%f/%t] "},
    ) as process:
        alarm = threading.Timer(deadline_s, _end, [process])
        alarm.start()
        try:
            _follow(process, tail, progress)
        finally:
            late = not alarm.is_alive()
            alarm.cancel()
            _end(process)
    if process.returncode or late:
        why = f"no end within {deadline_s:.0f} s" if late else f"exit code {process.returncode}"
        raise BuildError(f"cannot {purpose}: {why}, its last lines were\n" + "".join(tail).rstrip())


def _follow(process: subprocess.Popen[str], tail: deque[str], progress: Progress) -> None:
    if process.stdout is None:
        raise BuildError("the program's output cannot be read")
    total = 0
    for line in process.stdout:
        step = _STEP.match(line)
        if step:
            done, total = int(step[1]), int(step[2])
            progress("build", done, total)
        else:
            tail.append(line)
    if process.wait() == 0 and total:
        # Ninja's last step is not always the last of its total.
        progress("build", total, total)


def _end(process: subprocess.Popen[str]) -> None:
    """Kill what is left of the process and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
