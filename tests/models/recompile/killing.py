"""kill -9 at random moments while a process makes a store, fills it, freezes, and recompiles: the store stays whole.

    python -m tests.models.recompile.killing --times 200

prints JSON: how often whom it hit doing what. A child is forked for each attempt and goes on where the one before was
killed; when all users are done, their store is held against that of an undisturbed run, and the next one begins.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

from models.recompile.engines.engine import Chunk, Done, Job, work_off
from models.recompile.opened import OpenedBase
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.store.records import Verdict
from models.store.store import Store, open_store
from models.store.verify import verify
from tests.device_fixtures import make_bundle
from tests.models.recompile.filled import COUNT
from tests.models.recompile.forked import fork
from tests.models.recompile.users import windows_and_labels

USERS: Final = 24
_METHODS: Final = ("ridge", "editor")
_CHUNK: Final = 4
_WAITS: Final = (0.05, 0.4)
"""Children are killed within one of these parts of the time that an undisturbed run takes."""
_SALT: Final = mock.patch("models.store.opening.secrets.token_bytes", bytes)
"""Every store decides alike by hash, so that their frozen sets can be compared."""
_CHUNKS: Final = mock.patch("models.recompile.run.CHUNK", _CHUNK)
"""More transactions, and so more moments between them."""

State = dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """Runs units here, on a base that was opened before the fork."""

    base: OpenedBase
    cores: int = 1

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """As `Engine.run`."""
        for chunk in chunks:
            yield work_off(self.base, job, chunk)


@dataclass(frozen=True)
class Campaign:
    """What every attempt works with: the base, and each user's windows and labels, known before any fork."""

    base: OpenedBase
    material: dict[str, Any]

    @classmethod
    def of(cls, base: OpenedBase) -> Campaign:
        """Users of this base."""
        return cls(base, {f"user-{seed:03}": windows_and_labels(base.bundle, seed, COUNT) for seed in range(USERS)})

    def work(self, place: Path) -> int:
        """Do whatever is missing: the store, examples in two parts, frozen sets, edits."""
        with _SALT, _CHUNKS, open_store(place, create=True) as store:
            known = {device.name for device in store.devices() if store.evaluation(device.id) is not None}
            for name, (windows, labels) in self.material.items():
                if name in known:
                    continue
                half = len(labels) // 2
                device = store.add_examples(name, windows[:half], labels[:half]).device
                store.add_examples(name, windows, labels)
                store.freeze(device)
            for method in _METHODS:
                request = Request(self.base.bundle, Order(method))
                assert USERS == sum(1 for _ in recompile_all(store, request, Opened(self.base)))
        return 0

    def check(self, place: Path) -> str:
        """Hold the store to account after a kill; what its child was at."""
        with _SALT, open_store(place, create=True) as store:
            findings = verify(store)
            assert not findings, findings
            units = sum(require_whole_units(store, device.id) for device in store.devices())
            frozen = sum(store.evaluation(device.id) is not None for device in store.devices())
            if not store.count():
                return "making the store"
            return "filling it" if frozen < USERS else "recompiling" if units else "starting to recompile"


def require_whole_units(store: Store, device: int) -> int:
    """Every edit has its unit and every unit its edit, none twice; how many there are."""
    units, edits = store.recompilations(device), store.edits(device)
    assert [unit.method for unit in units] == list(_METHODS[: len(units)])
    assert [unit.edit for unit in units if unit.verdict is not Verdict.IMPOSSIBLE] == [edit.id for edit in edits]
    return len(units)


def state_of(place: Path) -> State:
    """All that a store holds but the numbers, seconds and dates of its rows."""
    with open_store(place) as store:
        return {device.name: _user(store, device.id) for device in store.devices()}


def _user(store: Store, device: int) -> State:
    units, edits, frozen = store.recompilations(device), store.edits(device), store.evaluation(device)
    return {
        "training": store.training(device).digests,
        "frozen": None if frozen is None else frozen.digest,
        "units": [(unit.data, unit.method, unit.examples, unit.verdict, unit.before, unit.after) for unit in units],
        "edits": [(edit.packed, edit.accepted, edit.before, edit.after) for edit in edits],
    }


def killed(child: int, wait_s: float) -> bool:
    """Kill a child after `wait_s`; False where it was done before."""
    time.sleep(wait_s)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}, f"the child failed: {status}"
    return status != 0


def run(campaign: Campaign, folder: Path, times: int, seed: int) -> dict[str, Any]:
    """Kill `times` children, and finish what the last one left.

    Returns:
        The figures.
    """
    start = time.monotonic()
    campaign.work(folder / "undisturbed.db")
    whole_s = time.monotonic() - start
    expected, chance = state_of(folder / "undisturbed.db"), random.Random(seed)
    assert USERS == len(expected)
    hit: Counter[str] = Counter()
    finished = 0
    while True:
        place = folder / f"{finished}.db"
        enough = hit.total() >= times
        wait_s = 60 * whole_s if enough else chance.uniform(0, whole_s * chance.choice(_WAITS))
        if not enough and killed(fork(lambda place=place: campaign.work(place)), wait_s):  # type: ignore[misc]
            hit[campaign.check(place)] += 1
            continue
        campaign.work(place)
        assert expected == state_of(place)
        campaign.check(place)
        finished += 1
        if enough:
            break
    return {
        "seed": seed,
        "killed": hit.total(),
        "while": dict(hit.most_common()),
        "stores_finished": finished,
        "users_each": USERS,
        "undisturbed_s": round(whole_s, 2),
        "seconds": round(time.monotonic() - start, 1),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="children to kill")
    parser.add_argument("--seed", type=int, help="decides the moments [a new one, printed]")
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    sys.stderr.write(f"seed {seed}\n")
    with tempfile.TemporaryDirectory() as name, OpenedBase(make_bundle(Path(name) / "bundle")) as base:
        figures = run(Campaign.of(base), Path(name), chosen.times, seed)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
