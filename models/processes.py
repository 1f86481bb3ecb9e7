"""Fresh interpreters for work side by side, each with one thread, none of which outlives its caller."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any, Final

THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")

_REAP_S: Final = 0.001


@contextmanager
def fresh_processes(
    workers: int, prepare: Callable[..., None] | None = None, arguments: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """A pool of `workers` processes (no fork: torch and TensorFlow have threads), ended at once on any exception.

    `prepare` is called with `arguments` in each of them before its first work.
    """
    before = set(mp.active_children())
    with _single_threaded():
        first = (prepare, arguments)
        pool = ProcessPoolExecutor(workers, mp.get_context("spawn"), initializer=_prepare, initargs=first)
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            orphans = set(mp.active_children()) - before
            for child in orphans:
                child.terminate()
            for child in orphans:
                _reap(child)
            raise
        pool.shutdown()


def _reap(child: BaseProcess) -> None:
    """Wait for the end of `child`, also where the pool's own thread collects its status at this moment."""
    child.join()
    while child.exitcode is None:
        time.sleep(_REAP_S)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Numerical libraries read these variables when they are loaded, which is before an initialiser could speak."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _prepare(prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    """Ctrl-C ends a worker silently: the process that asked for its work says what has to be said."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if prepare is not None:
        prepare(*arguments)
