"""Children that never outlive us: the process table and the port are looked at after every way to end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hil import ports
from hil.process import guarded

ROOT = Path(__file__).resolve().parents[2]
CHILD = "import socket, sys, time; socket.socket(fileno=int(sys.argv[1])); print('up', flush=True); time.sleep(600)"
PARENT = f"""
import sys, time
from hil import ports
from hil.process import guarded
CHILD = {CHILD!r}
with ports.listening() as listener:
    fd = listener.fileno()
    # A grandchild too: the whole group must go.
    shell = '"$0" -c "$1" "$2" & "$0" -c "$1" "$2"'
    with guarded(["sh", "-c", shell, sys.executable, CHILD, str(fd)], pass_fds=[fd]) as process:
        port = listener.getsockname()[1]
        listener.close()
        while process.output_tail().count("up") < 2:
            time.sleep(0.01)
        print(process.group, port, flush=True)
        if sys.argv[1] == "return":
            sys.exit(0)
        if sys.argv[1] == "raise":
            raise RuntimeError("on purpose")
        time.sleep(600)
"""


def living(group: int) -> list[str]:
    """Processes of `group` that still run; a zombie holds nothing any more."""
    table = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    rows = [line.split(None, 2) for line in table.splitlines()]
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


def listens(port: int) -> bool:
    """Whether anybody accepts on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex((ports.HOST, port)) == 0


def becomes(condition: Callable[[], bool]) -> bool:
    """Whether `condition` holds before half a minute is over."""
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize(
    ("way", "number", "code"),
    [
        ("return", None, 0),
        ("raise", None, 1),
        ("wait", signal.SIGINT, -signal.SIGINT),
        ("wait", signal.SIGTERM, -signal.SIGTERM),
        ("wait", signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_nothing_is_left_behind_however_the_parent_ends(way: str, number: int | None, code: int) -> None:
    """Normal end, exception, Ctrl-C, SIGTERM and SIGKILL all end the child, its children, and free its port."""
    command = [sys.executable, "-c", PARENT, way]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        group, port = (int(part) for part in parent.stdout.readline().split())
        if number is not None:
            assert len(living(group)) >= 3
            assert listens(port)
            os.kill(parent.pid, number)
        assert parent.wait(30) == code
    assert becomes(lambda: not living(group))
    assert becomes(lambda: not listens(port))


def test_at_the_end_of_the_block_everything_is_already_gone() -> None:
    """No polling is needed after a normal end: `guarded` waits for the last of the group."""
    for _ in range(10):
        with ports.listening() as listener:
            fd, port = listener.fileno(), listener.getsockname()[1]
            with guarded([sys.executable, "-c", CHILD, str(fd)], pass_fds=[fd]) as process:
                listener.close()
                assert listens(port)
            assert not living(process.group)
            assert not listens(port)


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -ABRT $$", 134)])
def test_the_exit_code_is_the_childs(script: str, code: int) -> None:
    """A child's own end is seen with its code, a signal as 128 + its number."""
    with guarded(["/bin/sh", "-c", script]) as process:
        assert process.exit_code(30) == code


def test_a_running_child_has_no_exit_code() -> None:
    """None means that it runs."""
    with guarded(["/bin/sleep", "600"]) as process:
        assert process.exit_code() is None


def test_a_program_that_does_not_exist_says_so() -> None:
    """The error names it, and the watcher that was already there is gone."""
    with pytest.raises(FileNotFoundError, match="/no/such/program"), guarded(["/no/such/program"]):
        pass


def test_a_child_that_ends_gives_its_port_back() -> None:
    """Nobody else in the group holds the socket: a host notices at once that the device is gone."""
    with ports.listening() as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]
        with guarded(["/bin/sh", "-c", "exit 3"], pass_fds=[fd]) as process:
            listener.close()
            assert process.exit_code(30) == 3
            assert not listens(port)


def test_only_the_tail_of_much_output_is_kept() -> None:
    """Megabytes of output neither block the child nor fill our memory."""
    script = "i=0; while [ $i -lt 40000 ]; do echo line $i; i=$((i+1)); done; echo over >&2"
    with guarded(["/bin/sh", "-c", script]) as process:
        assert process.exit_code(60) == 0
        tail = process.output_tail()
    assert tail.endswith("line 39999\nover")
    assert len(tail) <= 4096


def test_descriptors_of_the_parent_stay_closed_in_the_child() -> None:
    """A second child does not hold the first one's socket."""
    with ports.listening() as listener, guarded(["/bin/sleep", "600"]):
        port = listener.getsockname()[1]
        listener.close()
        assert not listens(port)


def test_a_connection_made_before_the_child_is_up_is_served() -> None:
    """The listening socket queues it: no wait, no retry, no race."""
    serve = (
        "import socket, sys, time; time.sleep(0.3); s = socket.socket(fileno=int(sys.argv[1]));"
        "c, _ = s.accept(); c.sendall(b'late but here')"
    )
    with ports.listening() as listener:
        fd, address = listener.fileno(), listener.getsockname()
        with (
            guarded([sys.executable, "-c", serve, str(fd)], pass_fds=[fd]),
            socket.create_connection(address, timeout=30) as line,
        ):
            assert line.recv(100) == b"late but here"


def test_many_children_at_once_have_ports_of_their_own() -> None:
    """Ten listeners, ten different ports."""
    listeners = [ports.listening() for _ in range(10)]
    urls = {ports.url_of(listener) for listener in listeners}
    for listener in listeners:
        listener.close()
    assert len(urls) == 10
    assert all(url.startswith("socket://127.0.0.1:") for url in urls)
