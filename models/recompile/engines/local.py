"""`local`: processes of this machine. A worker that dies takes nothing with it: its chunks are done again."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Final

from models.errors import RecompileError
from models.processes import fresh_processes
from models.recompile.engines.engine import Chunk, Done, Job, work_off
from models.recompile.opened import OpenedBase

_AHEAD: Final = 2
"""Chunks at hand for each worker, so that none waits for the store and the memory stays flat."""
_DEATHS: Final = 3
"""Pools that may break before a chunk is taken for the cause."""


@dataclass(frozen=True)
class Local:
    """`jobs` processes; with 1 everything happens in this one."""

    jobs: int = 1

    @property
    def cores(self) -> int:
        """The processes."""
        return self.jobs

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """As `Engine.run`."""
        if self.jobs == 1:
            yield from _here(job, chunks)
        else:
            yield from _apart(job, iter(chunks), self.jobs)


def _here(job: Job, chunks: Iterable[Chunk]) -> Iterator[Done]:
    with OpenedBase(job.bundle) as base:
        for chunk in chunks:
            yield work_off(base, job, chunk)


def _apart(job: Job, chunks: Iterator[Chunk], jobs: int) -> Iterator[Done]:
    """Pool after pool: when one breaks, what it held goes first in the next."""
    held: list[Chunk] = list(islice(chunks, _AHEAD * jobs))
    deaths = 0
    while held:
        finished = 0
        try:
            with fresh_processes(jobs, _know, (job,)) as pool:
                for done in _keep_busy(pool, held, chunks):
                    finished += 1
                    yield done
        except BrokenProcessPool as error:
            deaths = 1 if finished else deaths + 1
            if deaths == _DEATHS:
                raise _dying(held) from error


def _keep_busy(pool: ProcessPoolExecutor, held: list[Chunk], chunks: Iterator[Chunk]) -> Iterator[Done]:
    """Results as they come; `held` is always what is not finished yet, also when the pool breaks."""
    waiting: dict[Future[Done], Chunk] = {pool.submit(_work, chunk): chunk for chunk in held}
    while waiting:
        ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in ready:
            done, chunk = future.result(), waiting.pop(future)
            held[:] = [each for each in held if each is not chunk]
            yield done
            for more in islice(chunks, 1):
                held.append(more)
                waiting[pool.submit(_work, more)] = more


def _dying(held: list[Chunk]) -> RecompileError:
    names = [work.device.name for chunk in held for work in chunk]
    return RecompileError(
        f"workers died {_DEATHS} times without finishing anything",
        expected="enough memory for every worker",
        received=f"users at work: {', '.join(names[:4])}{', ...' if len(names) > 4 else ''}",  # noqa: PLR2004 (a few)
        remedy="free some memory or use fewer --jobs, then start again: what was finished is in the store",
    )


_job: list[Job] = []
_opened: list[OpenedBase] = []
"""The worker's own: the base is opened by the first chunk, so that an error of it arrives as it was raised."""


def _know(job: Job) -> None:
    _job[:] = [job]


def _work(chunk: Chunk) -> Done:
    if not _opened:
        _opened.append(OpenedBase(_job[0].bundle))
    return work_off(_opened[0], _job[0], chunk)
