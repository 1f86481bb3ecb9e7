"""A child process that never outlives us.

The child runs in a session of its own, beside a watcher that holds one end of a pipe. Whatever ends us, an exception, a
signal, or SIGKILL, closes our end, and the watcher kills the whole group. Ctrl-C in a terminal does not reach it,
so that we stop it in order.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_TAIL_BYTES: Final = 4096
_END_S: Final = 5.0
_SIGNAL_BASE: Final = 128
"""How a shell reports a signal: exit code 128 + number."""

# The pipe arrives as descriptor 0 and is moved, because sh gives background commands /dev/null as their input.
# The watcher outlives the child: as long as it is there, the number of the group belongs to nobody else.
_GUARDIAN: Final = """
exec {pipe}<&0 </dev/null
(read -r _ <&{pipe}; kill -KILL -$$) >/dev/null 2>&1 &
exec {pipe}<&-
"$@" &
wait $!
"""


class Process:
    """A running child; `guarded` makes one."""

    def __init__(self, guardian: subprocess.Popen[bytes], output: IO[bytes], alive: int) -> None:
        self._guardian = guardian
        self._output = output
        self._alive = alive
        self._stopped = False

    @property
    def group(self) -> int:
        """The process group of the child and all that it starts."""
        return self._guardian.pid

    def exit_code(self, timeout_s: float = 0.0) -> int | None:
        """The child's exit code (128 + signal if a signal ended it), None while it runs after `timeout_s`."""
        try:
            code = self._guardian.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        return code if code >= 0 else _SIGNAL_BASE - code

    def output_tail(self) -> str:
        """The last 4 KiB that the child wrote, standard output and error together."""
        size = os.fstat(self._output.fileno()).st_size
        data = os.pread(self._output.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        return data.decode("utf-8", "replace").strip()

    def stop(self) -> None:
        """Kill the child and its group, and wait until all of them are gone; more than once is fine."""
        if self._stopped:
            return
        self._stopped = True
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        self._guardian.wait()
        # Everybody in the group holds the other end of this pipe: it reads as ended when the last one is gone.
        select.select([self._alive], [], [], _END_S)


@contextmanager
def guarded(command: Sequence[str | Path], *, pass_fds: Sequence[int] = ()) -> Iterator[Process]:
    """Run `command` while the block runs; killed at its end, or when we die.

    Args:
        command: program and arguments.
        pass_fds: descriptors that the child inherits under the same numbers.

    Raises:
        OSError: there is no `sh`.
    """
    with ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        theirs, ours = os.pipe()
        stack.callback(os.close, ours)
        alive, held = os.pipe()
        stack.callback(os.close, alive)
        try:
            guardian = _start(command, theirs, output, (*pass_fds, held))
        finally:
            os.close(theirs)
            os.close(held)
        process = Process(guardian, output, alive)
        stack.callback(process.stop)
        yield process


def _start(
    command: Sequence[str | Path], pipe: int, output: IO[bytes], pass_fds: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    free = next(number for number in range(3, 10) if number not in pass_fds)
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARDIAN.format(pipe=free), "guardian", *map(str, command)],
        stdin=pipe,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
    )
