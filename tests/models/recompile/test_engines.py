"""Where units run: the results do not depend on it, and a worker that dies takes nothing with it."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import RecompileError
from models.recompile.engines.engine import Chunk, Engine, Job
from models.recompile.engines.local import Local
from models.recompile.order import Order, Work
from models.store.records import NewRecompilation
from tests.models.recompile.users import work_of
from toolchain.bundle import Bundle

USERS = 24


@pytest.fixture(scope="module")
def works(small_bundle: Bundle) -> list[Work]:
    """Users with two dozen windows each."""
    return [work_of(small_bundle, seed, 24) for seed in range(USERS)]


@pytest.fixture(scope="module")
def job(small_bundle: Bundle) -> Job:
    """An order that takes a moment for each user."""
    return Job(small_bundle, 7, Order("lora"))


def pairs(works: Sequence[Work]) -> Iterator[Chunk]:
    """Two users in a chunk."""
    return (works[at : at + 2] for at in range(0, len(works), 2))


def timeless(done: NewRecompilation) -> NewRecompilation:
    """All but the seconds that it took."""
    return replace(done, seconds=0.0)


def run(
    engine: Engine, job: Job, works: Sequence[Work], seen: Callable[[int], None] = lambda _: None
) -> list[NewRecompilation]:
    """All outcomes by device; `seen` is told how many chunks are back."""
    outcomes: list[NewRecompilation] = []
    for count, done in enumerate(engine.run(job, pairs(works)), 1):
        outcomes += done
        seen(count)
    assert sorted(outcome.device for outcome in outcomes) == [work.device.id for work in works]
    return sorted(map(timeless, outcomes), key=lambda outcome: outcome.device)


@pytest.fixture(scope="module")
def alone(job: Job, works: list[Work]) -> list[NewRecompilation]:
    """What one process gives."""
    return run(Local(1), job, works)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    """Two processes on a cluster of this machine, the same one for all tests: it takes seconds to start."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: persona-mcu[fleet]")
    from models.recompile.engines.ray_cluster import RayCluster

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield RayCluster(jobs=2)
    ray.shutdown()


@pytest.fixture(params=["local", "ray"])
def name(request: pytest.FixtureRequest) -> str:
    """Each engine."""
    return str(request.param)


@pytest.fixture
def engine(name: str, request: pytest.FixtureRequest) -> Engine:
    """The engine of that name, with two processes."""
    found: Engine = Local(2) if name == "local" else request.getfixturevalue("cluster")
    return found


def test_an_address_without_a_cluster_is_one_clear_error(job: Job, works: list[Work]) -> None:
    """What was sought, what came, what to do."""
    pytest.importorskip("ray", reason="Ray is not installed: persona-mcu[fleet]")
    from models.recompile.engines.ray_cluster import RayCluster

    with pytest.raises(RecompileError, match="no Ray cluster") as caught:
        run(RayCluster("127.0.0.1:1"), job, works[:2])
    assert "--engine local" in str(caught.value)


def test_results_do_not_depend_on_the_engine(
    engine: Engine, job: Job, works: list[Work], alone: list[NewRecompilation]
) -> None:
    """To the bit, for all users, each once."""
    assert alone == run(engine, job, works)
    assert not mp.active_children()


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    name: str, engine: Engine, job: Job, works: list[Work], alone: list[NewRecompilation]
) -> None:
    """SIGKILL to a worker in the middle: every user is there once, with the same bits."""
    killed: list[int] = []

    def kill(count: int) -> None:
        if count == 2:
            killed.append(worker(name))
            os.kill(killed[0], signal.SIGKILL)

    assert alone == run(engine, job, works, kill)
    assert killed


def worker(name: str) -> int:
    """The process of some worker that is at work."""
    if name == "local":
        return int(mp.active_children()[0].pid or 0)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and command_line(folder).startswith(b"ray::_on_worker") and ours(int(folder.name)):
            return int(folder.name)
    raise AssertionError("no Ray worker is at work")


def ours(process: int) -> bool:
    """Whether it descends from this process: other clusters may be at work on this machine."""
    while process not in {0, 1, os.getpid()}:
        try:
            process = int(Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:  # noqa: PERF203  # it may be gone by now
            return False
    return process == os.getpid()


def command_line(folder: Path) -> bytes:
    """Of a process that may be gone by now."""
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""


def test_users_that_kill_every_worker_are_one_clear_error(small_bundle: Bundle, works: list[Work]) -> None:
    """Not an endless loop: after a few deaths the error names who was at work."""
    deadly = Job(small_bundle, 7, Order("lora"))
    object.__setattr__(deadly, "bundle", Deadly())
    with pytest.raises(RecompileError, match="workers died 3 times") as caught:
        run(Local(2), deadly, works[:4])
    assert "user-0" in str(caught.value)
    assert not mp.active_children()


class Deadly:
    """Ends the worker that looks at it."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        os._exit(9)


def test_an_error_of_the_base_arrives_as_it_was_raised(engine: Engine, small_bundle: Bundle, works: list[Work]) -> None:
    """A bundle that no worker can open: type and remedy cross the border."""
    manifest = replace(small_bundle.manifest, embedding=None)
    broken = Job(Bundle(small_bundle.path, manifest, small_bundle.files), 7, Order())
    with pytest.raises(RecompileError, match="cannot be personalised") as caught:
        run(engine, broken, works[:4])
    assert caught.value.remedy is not None


def test_chunks_are_taken_only_as_they_are_needed(engine: Engine, job: Job, works: list[Work]) -> None:
    """A store of a million users is never in memory: few chunks are ahead of what is done."""
    taken = done = most = 0

    def counted() -> Iterator[Chunk]:
        nonlocal taken
        for chunk in pairs(works):
            taken += 1
            yield chunk

    for _ in engine.run(job, counted()):
        done += 1
        most = max(most, taken - done)
    assert done == USERS // 2
    assert most <= 5
