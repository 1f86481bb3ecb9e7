"""Pieces side by side in a few processes, each with one thread: the results depend on neither."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from models.errors import StudyError
from models.evaluation.cache import Cache
from models.evaluation.piece import Piece
from models.processes import fresh_processes

Finished = Callable[[Piece, float | None], None]
"""Told of each piece and the seconds that it took, None where the cache had it."""


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
    with fresh_processes(min(workers, len(missing))) as pool:
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


def _timed(piece: Piece) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    # As JSON gives it back, so that nobody can tell a fresh result from a kept one.
    result: dict[str, Any] = json.loads(json.dumps(piece.run()))
    return result, time.perf_counter() - started
