"""How fast and how flat a fleet is recompiled: `python -m benchmarks.fleet --users 10000`.

Users are synthetic (Gaussian classes, moved and scaled by each user in its own way) and so are the two bases (networks
of WISDM's shape without any training): what is measured is seconds, bytes and memory, never accuracy.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from models.networks.mlp import Mlp
from models.networks.network import adaptive_values, layout_of
from models.recompile.engines.engine import Engine
from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.recompile.tally import Tally
from models.store.store import Store, open_store
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import compile_torch
from toolchain.golden import make_golden, random_inputs

FEATURES: Final = 43
CLASSES: Final = 6
WINDOWS: Final = 40
_WIDTHS: Final = {"narrow": 128, "wide": 256}
_MARKS: Final = (0.1, 1.0)
"""Shares of the users after which memory is read: were it not flat, the last would be ten times the first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill a store, recompile it twice, start the second run again, and say what that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="persona-fleet-") as folder:
        figures = measure(Path(folder), options.users, _engine(options.engine, options.jobs), _say)
    figures |= {
        "engine": options.engine,
        "jobs": options.jobs,
        "date": datetime.now(tz=timezone.utc).date().isoformat(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cores": os.cpu_count(),
    }
    if options.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name.replace('_', ' '):<28} {_text(value)}\n")
    return 0


def measure(folder: Path, users: int, engine: Engine, say: Callable[[str], None]) -> dict[str, Any]:
    """The figures of one fleet, whose store lies in `folder`."""
    bundles = {name: make_bundle(folder / f"{name}.bundle", width) for name, width in _WIDTHS.items()}
    place = folder / "fleet.db"
    with open_store(place, create=True) as store:
        seconds = _timed(lambda: fill(store, users))
        say(f"{users} users stored in {seconds:.1f} s")
        figures: dict[str, Any] = {"users": users, "windows_a_user": WINDOWS, "fill_seconds": seconds}
        for name, bundle in bundles.items():
            figures |= {f"{name}_{key}": value for key, value in recompiled(store, bundle, engine, users).items()}
            say(f"recompiled for the {name} base in {figures[f'{name}_wall_seconds']:.1f} s")
        again = recompiled(store, bundles["wide"], engine, users)
    figures["again_wall_seconds"] = again["wall_seconds"]
    figures["again_computed"] = again["computed"]
    figures["store_bytes_a_user"] = sum(path.stat().st_size for path in folder.glob("fleet.db*")) / users
    return figures


def make_bundle(target: Path, width: int) -> Bundle:
    """A base of WISDM's shape with random weights."""
    torch.manual_seed(width)
    network = Mlp(FEATURES, (width,), (width // 4,), CLASSES)
    network.eval()
    layout = layout_of(network, 0.5)
    windows = np.random.default_rng(width).normal(size=(64, FEATURES)).astype(np.float32)
    compiled = compile_torch(
        network,
        torch.from_numpy(windows[:1]),
        name=f"fleet-{width}",
        layout=layout,
        prototypes=layout.flatten(adaptive_values(network))[None],
        calibration=windows,
    )
    write_bundle(target, compiled, make_golden(compiled.model, random_inputs(compiled.model, 4), {}))
    return Bundle.open(target)


def fill(store: Store, users: int) -> None:
    """Store every user, half of whose windows are frozen."""
    centres = np.random.default_rng(0).normal(size=(CLASSES, FEATURES))
    for user in range(users):
        chance = np.random.default_rng([1, user])
        labels = chance.permutation(np.arange(WINDOWS) % CLASSES)
        own = centres * chance.uniform(0.5, 1.5) + chance.normal(0, 0.7, FEATURES)
        windows = own[labels] + chance.normal(0, 0.7, (WINDOWS, FEATURES))
        store.freeze(store.add_examples(f"user-{user}", windows.astype(np.float32), labels).device)


def recompiled(store: Store, bundle: Bundle, engine: Engine, users: int) -> dict[str, Any]:
    """Seconds and memory of one run over all users."""
    tally, memory = Tally(), _Memory([max(1, int(mark * users)) for mark in _MARKS])
    start = time.perf_counter()
    for row in recompile_all(store, Request(bundle, Order(tolerance=0.99)), engine):
        tally.add(row)
        memory.look(tally.users)
    wall = time.perf_counter() - start
    return {
        "wall_seconds": wall,
        "users_a_second": users / wall,
        "users_a_second_and_core": users / wall / engine.cores,
        "ms_a_user": 1000 * tally.seconds / max(1, tally.users),
        "ms_slowest_user": 1000 * tally.slowest,
        "computed": tally.fresh,
        "refused_transports": tally.refused,
        **{f"driver_megabytes_at_{mark}": value for mark, value in memory.driver.items()},
        **{f"worker_megabytes_at_{mark}": value for mark, value in memory.workers.items()},
    }


@dataclass
class _Memory:
    """Resident megabytes of this process, and of its largest child, after certain numbers of users."""

    marks: Sequence[int]
    driver: dict[int, float] = field(default_factory=dict)
    workers: dict[int, float] = field(default_factory=dict)

    def look(self, done: int) -> None:
        """Read it where it is asked for."""
        if done in self.marks:
            self.driver[done] = _resident(os.getpid())
            self.workers[done] = max((_resident(child.pid or 0) for child in mp.active_children()), default=0.0)


def _resident(process: int) -> float:
    """Megabytes of a process that may be gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _engine(name: str, jobs: int) -> Engine:
    if name == "local":
        return Local(jobs)
    from models.recompile.engines.ray_cluster import RayCluster

    return RayCluster(jobs=jobs)


def _timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _text(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    sys.exit(main())
