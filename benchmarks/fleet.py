"""A fleet of synthetic users through `recompile_all`: throughput, memory, bytes in the store, and what resuming costs.

    python -m benchmarks.fleet --users 10000 --jobs 2 --engine local

No model is trained: times do not depend on what parameters are worth. Seconds of processors are those of all processes
together, so that they mean the same beside other work.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks import fleet_bundle
from benchmarks.fleet_memory import forget_peak, peak_mib, workers_peak_mib
from benchmarks.fleet_users import fill
from models.recompile.engines.engine import Engine
from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.recompile.tally import Tally
from models.store.store import Store, open_store
from toolchain.bundle import Bundle

WINDOWS: Final = 40
_PROBE: Final = 10
"""Memory is looked at after this part of the users, and at the end."""
_PACKAGES: Final = ("numpy", "torch", "sqlalchemy", "ray")


def engine_of(name: str, jobs: int) -> Engine:
    """The engine of that name."""
    if name == "local":
        return Local(jobs)
    from models.recompile.engines.ray_cluster import RayCluster

    return RayCluster(jobs=jobs)


def play(store: Store, bundle: Bundle, engine: Engine, users: int) -> dict[str, Any]:
    """One run over all users."""
    tally, probes = Tally(), (max(1, users // _PROBE), users)
    peaks: dict[str, list[float | None]] = {"driver": [], "worker": []}
    start, before = time.perf_counter(), _processor_s()
    forget_peak()
    for row in recompile_all(store, Request(bundle, Order()), engine):
        tally.add(row)
        if tally.users in probes:
            peaks["driver"].append(peak_mib())
            peaks["worker"].append(workers_peak_mib())
    wall_s, processor_s = time.perf_counter() - start, _processor_s() - before
    return {
        "users": tally.users,
        "computed": tally.fresh,
        "accepted": tally.accepted,
        "wall_s": round(wall_s, 1),
        "users_per_s": round(tally.users / wall_s, 1),
        "users_per_s_and_job": round(tally.users / wall_s / engine.cores, 1),
        "processor_s_per_user": round(processor_s / tally.users, 5),
        "unit_s_mean": round(tally.seconds / tally.users, 5),
        "unit_s_slowest": round(tally.slowest, 4),
        "driver_peak_mib": dict(zip(map(str, probes), peaks["driver"], strict=True)),
        "worker_peak_mib": dict(zip(map(str, probes), peaks["worker"], strict=True)),
    }


def _processor_s() -> float:
    """Of this process and of its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def report(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Everything, in a store in `folder`."""
    load = round(os.getloadavg()[0], 1)
    bundle = Bundle.open(options.bundle) if options.bundle else fleet_bundle.bundle(folder / "bundle")
    place, engine = folder / "store.db", engine_of(options.engine, options.jobs)
    start = time.perf_counter()
    with open_store(place, create=True) as store:
        fill(store, bundle, options.users, WINDOWS)
    filled_s, filled_bytes = time.perf_counter() - start, place.stat().st_size
    with open_store(place) as store:
        first = play(store, bundle, engine, options.users)
    whole_bytes = place.stat().st_size
    with open_store(place) as store:
        again = play(store, bundle, engine, options.users)
    return {
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
        "versions": _versions(),
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "load_before": load},
        "engine": {"name": options.engine, "jobs": options.jobs, "method": Order().method},
        "windows_per_user": WINDOWS,
        "fill": {"wall_s": round(filled_s, 1), "s_per_user": round(filled_s / options.users, 5)},
        "store_bytes_per_user": {
            "examples": round(filled_bytes / options.users),
            "with_edit_and_unit": round(whole_bytes / options.users),
        },
        "run": first,
        "again": again,
    }


def _versions() -> dict[str, str]:
    own = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    return own | {name: version(name) for name in _PACKAGES}


def shown(figures: dict[str, Any], prefix: str = "") -> str:
    """The figures as lines, one for each."""
    lines = []
    for name, value in figures.items():
        label = f"{prefix}{name}".replace("_", " ")
        lines.append(shown(value, f"{label}, ") if isinstance(value, dict) else f"{label:45} {value}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fleet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=10_000, help="how many users")
    parser.add_argument("--jobs", type=int, default=2, help="processes that compute")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="where units run")
    parser.add_argument("--bundle", type=Path, help="bundle of the base [a small one with random parameters]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="persona-fleet-") as folder:
        figures = report(options, Path(folder))
    sys.stdout.write((json.dumps(figures, indent=1) if options.json else shown(figures)) + "\n")


if __name__ == "__main__":
    main()
