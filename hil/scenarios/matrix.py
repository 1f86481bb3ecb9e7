"""Boards in parallel: a process for each, no more than `jobs` at a time, and an end in order for all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final

from hil.scenarios.result import FAILED, Result
from hil.scenarios.worker import Work, serve

_END_S: Final = 20.0
"""How long a board may take to stop in order."""
_CONTEXT: Final = get_context("spawn")
"""A forked process would inherit threads and locks of libraries that are loaded already."""

Came = Callable[[Result], None]
Told = Callable[[str, str, int, int], None]
"""Board, stage, how many steps are done, of how many."""


class _Running:
    """One board's process."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.results: list[Result] = []
        self.line, theirs = _CONTEXT.Pipe(duplex=False)
        parent, self._alive = _CONTEXT.Pipe(duplex=False)
        self.process: BaseProcess = _CONTEXT.Process(target=serve, args=(work, theirs, parent), name=work.board.id)
        self.process.start()
        theirs.close()
        parent.close()

    def stop(self) -> None:
        """Ask it to end in order, and see to it that it does."""
        self.process.terminate()
        self.process.join(_END_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.line.close()
        self._alive.close()

    def missing(self) -> list[Result]:
        """What should have come and did not: the process ended early."""
        self.process.join(_END_S)
        turns = self.work.turns[len(self.results) :]
        if not turns or (self.results and self.results[-1].verdict == FAILED and not self.results[-1].evidence):
            return []
        why = f"the process that plays it ended with exit code {self.process.exitcode}"
        return [Result(self.work.board, name, FAILED, why) for _, name in turns]


def run_matrix(works: Sequence[Work], jobs: int, came: Came, told: Told) -> list[Result]:
    """Play all `works`; their results in the order of the boards.

    Args:
        works: one for each board.
        jobs: boards at a time.
        came: told of every result as it comes.
        told: told of progress.
    """
    waiting = deque(works)
    every: list[_Running] = []
    with _stopping(every):
        running: dict[Connection, _Running] = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                every.append(_Running(waiting.popleft()))
                running[every[-1].line] = every[-1]
            for line in wait(list(running)):
                one = running[line]  # type: ignore[index]  # only pipes are waited for
                if not _heard(one, came, told):
                    del running[one.line]
                    for result in one.missing():
                        one.results.append(result)
                        came(result)
    return [result for one in every for result in one.results]


def _heard(one: _Running, came: Came, told: Told) -> bool:
    """Take one message; False at the end of the line."""
    try:
        message = one.line.recv()
    except (EOFError, OSError):
        return False
    if isinstance(message, Result):
        one.results.append(message)
        came(message)
    else:
        told(one.work.board.id, *message)
    return True


@contextmanager
def _stopping(every: list[_Running]) -> Iterator[None]:
    try:
        yield
    finally:
        for one in every:
            with suppress(OSError, ValueError):
                one.process.terminate()
        for one in every:
            one.stop()
