"""One process at a time recompiles or forgets; whoever is killed holds nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.store.errors import StoreBusyError
from models.store.store import Store, open_store

HOLD = """
import sys, time
from models.store.store import open_store
with open_store(sys.argv[1]) as store, store.exclusive("recompile"):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(place: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that is inside."""
    with subprocess.Popen([sys.executable, "-c", HOLD, place], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_two_processes_are_never_inside_at_once(store: Store) -> None:
    """The second is told who the first is; killed, the first lets go."""
    with holder(store.place) as process:
        with pytest.raises(StoreBusyError, match="somebody else works on") as caught, store.exclusive("forget"):
            pass
        if store.path is not None:
            assert f"recompile by process {process.pid}" in str(caught.value)
        assert 0 == store.count()
        process.send_signal(signal.SIGKILL)
        process.wait()
        with store.exclusive("recompile"):
            pass


def fail_inside(store: Store) -> None:
    """An error within the block."""
    with store.exclusive("recompile"):
        raise KeyError


def test_the_block_is_left_by_an_error(store: Store) -> None:
    """Nothing stays locked."""
    with pytest.raises(KeyError):
        fail_inside(store)
    with store.exclusive("recompile"):
        pass


def test_nobody_is_inside_twice(store: Store) -> None:
    """Also within one process."""
    with store.exclusive("recompile"), pytest.raises(StoreBusyError), store.exclusive("recompile"):
        pass


def test_a_link_is_the_same_store(tmp_path: Path) -> None:
    """By whatever name it is opened."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    with open_store(tmp_path / "store.db", create=True) as store:
        link.symlink_to(tmp_path / "store.db")
        with open_store(link) as again, store.exclusive("recompile"), pytest.raises(StoreBusyError):
            again.exclusive("recompile").__enter__()
