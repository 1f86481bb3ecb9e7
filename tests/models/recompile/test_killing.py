"""A dozen kills in every run of the tests; `make fleet-test` has 200."""

from __future__ import annotations

import random
from pathlib import Path

from models.recompile.opened import OpenedBase
from tests.models.recompile.killing import Campaign, run
from toolchain.bundle import Bundle

TIMES = 12


def test_a_killed_process_leaves_a_whole_store(small_bundle: Bundle, tmp_path: Path) -> None:
    """And whoever comes next finishes it, as if nothing had happened."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  # shown where the test fails
    with OpenedBase(small_bundle) as base:
        figures = run(Campaign.of(base), tmp_path, TIMES, seed)
    assert figures["killed"] == TIMES
    assert figures["stores_finished"] >= 1
