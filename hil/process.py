"""A child process that never outlives us.

The child runs in a process group of its own, beside a watcher that reads from a pipe which only we hold open. Whatever
ends us, an exception, a signal, or SIGKILL, closes the pipe, and the watcher kills the whole group. Ctrl-C in a
terminal does not reach the group, so that we stop it in order.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

_TAIL_BYTES: Final = 4096
_OUTPUT_BYTES: Final = 1 << 20
_END_S: Final = 5.0
_SIGNAL_BASE: Final = 128
"""How a shell reports a signal: exit code 128 + number."""

# Started first and ended last: as long as it is there, the number of the group belongs to nobody else.
_WATCHER: Final = "read -r _; kill -KILL -$$"


class Process:
    """A running child; `guarded` makes one. `group` is the process group of the child and all that it starts."""

    def __init__(self, child: subprocess.Popen[bytes], group: int, output: IO[bytes], alive: int) -> None:
        self.group = group
        self._child = child
        self._output = output
        self._alive = alive
        self._stopped = False

    def exit_code(self, timeout_s: float = 0.0) -> int | None:
        """The child's exit code (128 + signal if a signal ended it), None while it runs after `timeout_s`."""
        try:
            code = self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        return code if code >= 0 else _SIGNAL_BASE - code

    def output_tail(self) -> str:
        """The last 4 KiB that the child wrote, standard output and error together."""
        return self._last(_TAIL_BYTES)

    def output(self) -> str:
        """The last MiB that the child wrote."""
        return self._last(_OUTPUT_BYTES)

    def _last(self, count: int) -> str:
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), count, max(0, size - count)).decode("utf-8", "replace").strip()

    def stop(self) -> None:
        """Kill the child and its group, and wait until all of them are gone; more than once is fine."""
        if self._stopped:
            return
        self._stopped = True
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        self._child.wait()
        # Everybody in the group holds the other end of this pipe: it reads as ended when the last one is gone.
        select.select([self._alive], [], [], _END_S)


@contextmanager
def guarded(command: Sequence[str | Path], *, pass_fds: Sequence[int] = ()) -> Iterator[Process]:
    """Run `command` while the block runs; killed at its end, or when we die.

    Args:
        command: program and arguments.
        pass_fds: descriptors that the child inherits under the same numbers.

    Raises:
        OSError: the program does not exist or cannot be run.
    """
    with ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        theirs, ours = os.pipe()
        stack.callback(os.close, ours)
        alive, held = os.pipe()
        stack.callback(os.close, alive)
        try:
            watcher = subprocess.Popen(["/bin/sh", "-c", _WATCHER], stdin=theirs, pass_fds=[held], **_in_group(0))
            stack.callback(_end, watcher)
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(*pass_fds, held),
                **_in_group(watcher.pid),
            )
        finally:
            os.close(theirs)
            os.close(held)
        process = Process(child, watcher.pid, output, alive)
        stack.callback(process.stop)
        yield process


def _in_group(group: int) -> dict[str, Any]:
    """Arguments of Popen that put the child into process group `group`; 0 makes a new one."""
    if sys.version_info >= (3, 11):
        return {"process_group": group}
    return {"preexec_fn": partial(os.setpgid, 0, group)}


def _end(watcher: subprocess.Popen[bytes]) -> None:
    """Kill the watcher, if its group was not killed before, and take its exit code from the process table."""
    watcher.kill()
    watcher.wait()
