"""Pieces side by side in a few processes, each with one thread: the results depend on neither."""

from __future__ import annotations

import json
import multiprocessing as mp
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any, Final

from models.errors import StudyError
from models.evaluation.cache import Cache
from models.evaluation.piece import Piece

Finished = Callable[[Piece, float | None], None]
"""Told of each piece and the seconds that it took, None where the cache had it."""

_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")

_REAP_S: Final = 0.001


def run_all(pieces: Sequence[Piece], cache: Cache, workers: int, finished: Finished) -> list[dict[str, Any]]:
    """The results of `pieces` in their order; those that the cache has are not computed.

    Args:
        pieces: what to do.
        cache: where results are looked up and kept as soon as they are there.
        workers: processes; with 1 everything happens in this one.
        finished: told of each piece as it is done.

    Raises:
        StudyError: a worker died, or the cache cannot be written.
        PersonaError: whatever a piece raises; what was done until then is in the cache.
    """
    results: dict[int, dict[str, Any]] = {}
    for number, piece in enumerate(pieces):
        kept = cache.find(piece)
        if kept is not None:
            results[number] = kept
            finished(piece, None)
    missing = [number for number in range(len(pieces)) if number not in results]
    computed = _here if workers == 1 or len(missing) < 2 else _apart  # noqa: PLR2004 (one piece needs no pool)
    for number, result, seconds in computed(pieces, missing, workers):
        cache.keep(pieces[number], result, seconds)
        results[number] = result
        finished(pieces[number], seconds)
    return [results[number] for number in range(len(pieces))]


Done = Iterator[tuple[int, dict[str, Any], float]]


def _here(pieces: Sequence[Piece], missing: Sequence[int], workers: int) -> Done:
    del workers
    for number in missing:
        yield number, *_timed(pieces[number])


def _apart(pieces: Sequence[Piece], missing: Sequence[int], workers: int) -> Done:
    with _pool(min(workers, len(missing))) as pool:
        waiting: dict[Future[tuple[dict[str, Any], float]], int] = {
            pool.submit(_timed, pieces[number]): number for number in missing
        }
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                number = waiting.pop(future)
                yield number, *_result(future, pieces[number])


def _result(future: Future[tuple[dict[str, Any], float]], piece: Piece) -> tuple[dict[str, Any], float]:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise StudyError(
            f"a worker died while it ran {piece.name}, or beside it",
            received=str(error),
            remedy="free some memory, or run with --jobs 1; what was finished is kept with --cache",
        ) from error


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh interpreters (no fork: torch and TensorFlow have threads), ended at once when the caller is interrupted."""
    before = set(mp.active_children())
    with _single_threaded():
        pool = ProcessPoolExecutor(workers, mp.get_context("spawn"), initializer=_prepare)
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
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _prepare() -> None:
    """Ctrl-C ends a worker silently: the process that asked for its work says what has to be said."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _timed(piece: Piece) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    # As JSON gives it back, so that nobody can tell a fresh result from a kept one.
    result: dict[str, Any] = json.loads(json.dumps(piece.run()))
    return result, time.perf_counter() - started
