"""The same bits for the same seed, without a trace in the caller's torch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import torch
from threadpoolctl import threadpool_limits

# One thread: the steps are too small to share, and two threads wait for one another when the machine is busy.
_THREADS: Final = 1


@contextlib.contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """Seed torch, and give it and NumPy one thread; generator and thread counts are afterwards as they were found."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]), threadpool_limits(_THREADS):
        torch.manual_seed(seed)
        torch.set_num_threads(_THREADS)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
