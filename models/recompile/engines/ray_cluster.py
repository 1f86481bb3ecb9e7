"""`ray`: the workers of a Ray cluster, local or reached by its address. The driver alone writes to the store.

A worker that dies has its chunk done again by another one (`max_retries` of Ray); what it had finished but not handed
over counts as never done, so that nothing is there twice.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import ray
from ray.exceptions import RayError, RayTaskError, WorkerCrashedError

from models.errors import RecompileError
from models.recompile.engines.engine import Chunk, Done, Job, work_off
from models.recompile.opened import OpenedBase
from toolchain.errors import PersonaError

_AHEAD: Final = 2
_RETRIES: Final = 3
_PATIENCE_S: Final = 10.0


@dataclass(frozen=True)
class RayCluster:
    """A cluster at `address`, or one of `jobs` processes of this machine, started for as long as it is needed."""

    address: str | None = None
    jobs: int | None = None

    @property
    def cores(self) -> int:
        """The cluster's processors as far as they are known before it is reached."""
        return self.jobs or os.cpu_count() or 1

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """As `Engine.run`."""
        mine = not ray.is_initialized()
        if mine:
            self._reach()
        try:
            yield from _spread(job, iter(chunks))
        finally:
            if mine:
                ray.shutdown()

    def _reach(self) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # the first error is raised; the others are its twins
        cores = None if self.address else self.cores
        try:
            if self.address is not None:
                _knock(self.address)
            ray.init(
                self.address, num_cpus=cores, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
            )
        except (RayError, OSError, ValueError, RuntimeError) as error:
            raise RecompileError(
                "there is no Ray cluster to work on",
                expected=f"a cluster at {self.address}" if self.address else "a cluster on this machine",
                received=str(error).partition("\n")[0],
                remedy="start one (ray start --head) and name its address, or use --engine local",
            ) from error


def _knock(address: str) -> None:
    """Ray asks for minutes where nobody listens; one connection tells as much at once.

    Raises:
        OSError: nobody listens there.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host, int(port)), _PATIENCE_S).close()


def _spread(job: Job, chunks: Iterator[Chunk]) -> Iterator[Done]:
    """At most a few chunks for each processor are with the cluster at any time."""
    shared, work = ray.put(job), ray.remote(num_cpus=1, max_retries=_RETRIES)(_on_worker)
    room = _AHEAD * max(1, int(_resources().get("CPU", 1)))
    waiting: dict[Any, Chunk] = {}
    while True:
        for chunk in islice(chunks, room - len(waiting)):
            waiting[work.remote([shared], chunk)] = chunk
        if not waiting:
            return
        (ready,), _ = ray.wait(list(waiting), num_returns=1)
        yield _result(ready, waiting.pop(ready))


def _resources() -> dict[str, float]:
    found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return found


def _result(ready: Any, chunk: Chunk) -> Done:
    try:
        done: Done = ray.get(ready)
    except RayTaskError as error:
        if isinstance(error.cause, PersonaError):
            raise error.cause from error
        raise
    except WorkerCrashedError as error:
        raise RecompileError(
            f"a worker died {1 + _RETRIES} times over the same users",
            expected="enough memory for every worker",
            received=", ".join(work.device.name for work in chunk),
            remedy="free some memory, then start again: what was finished is in the store",
        ) from error
    return done


_known: dict[str, tuple[OpenedBase, Job]] = {}
"""The worker's own: the base of the job that it works for."""


def _on_worker(shared: list[Any], chunk: Chunk) -> Done:
    """`shared` holds a reference, in a list so that Ray does not fetch the bundle anew for every chunk."""
    name = shared[0].hex()
    if name not in _known:
        for base, _ in _known.values():
            base.close()
        _known.clear()
        job: Job = ray.get(shared[0])
        _known[name] = (OpenedBase(job.bundle), job)
    base, job = _known[name]
    return work_off(base, job, chunk)
