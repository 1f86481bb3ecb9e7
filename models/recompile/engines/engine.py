"""What every engine offers, and what a worker does once it is there."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from models.recompile.opened import OpenedBase
from models.recompile.order import Order, Work
from models.recompile.unit import recompile
from models.store.records import NewRecompilation
from toolchain.bundle import Bundle

Chunk = Sequence[Work]
Done = list[NewRecompilation]


@dataclass(frozen=True, eq=False)
class Job:
    """The new base, its id in the store, and how edits are made: what every worker has to know."""

    bundle: Bundle
    number: int
    order: Order


class Engine(Protocol):
    """Runs chunks of users."""

    @property
    def cores(self) -> int:
        """How many chunks run at once."""
        ...

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """What became of each chunk, in any order, each exactly once; few chunks are held at any time.

        Raises:
            RecompileError: workers die again and again.
            PersonaError: the base cannot be opened.
        """
        ...


def work_off(base: OpenedBase, job: Job, chunk: Chunk) -> Done:
    """The units of a chunk, one after the other, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [recompile(base, job.number, work, job.order, time.perf_counter) for work in chunk]
    finally:
        torch.set_num_threads(threads)
