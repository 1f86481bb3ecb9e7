"""A PostgreSQL server of Debian's packages for the tests: started once, in a folder of its own, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
SERVER_USER = "postgres"
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Server:
    """A running server: `folder` holds its data and its socket, `process` is what was started."""

    folder: Path
    process: subprocess.Popen[bytes]

    def database(self) -> str:
        """The URL of a fresh and empty database."""
        name = f"t{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name}")
        return f"postgresql://{SERVER_USER}@/{name}?host={self.folder}"

    def run(self, statement: str) -> None:
        """A statement outside any database of a test."""
        import psycopg

        where = f"host={self.folder} user={SERVER_USER} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """At once: clients lose their connections."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE_S)


@contextmanager
def server() -> Iterator[Server]:
    """A server that listens on a socket in its own folder only."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed: persona-mcu[postgres]")
    folder = Path(tempfile.mkdtemp(prefix="persona-pg-"))  # a short path: that of a socket has 107 bytes at most
    try:
        as_server_user(folder)
        start(
            folder, ["initdb", "-D", str(folder / "data"), "-U", SERVER_USER, "-A", "trust", "--no-sync", "-E", "UTF8"]
        )
        process = launched(folder)
        try:
            await_socket(folder, process)
            yield Server(folder, process)
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_server_user(folder: Path) -> None:
    """The server refuses to run as root: the folder becomes its own user's."""
    if os.geteuid() == 0:
        try:
            shutil.chown(folder, SERVER_USER)
        except LookupError:
            pytest.skip("this is root, and there is no user postgres to run the server as")


def user() -> dict[str, str]:
    """How a program is started as that user."""
    return {"user": SERVER_USER} if os.geteuid() == 0 else {}


def start(folder: Path, command: list[str]) -> None:
    """One of the server's programs, to its end."""
    program = [str(PROGRAMS[-1].with_name(command[0])), *command[1:]]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False, **user())  # type: ignore[call-overload]
    if done.returncode:
        pytest.skip(f"PostgreSQL's server cannot be set up here: {done.stderr.strip().splitlines()[-1:]}")


def launched(folder: Path) -> subprocess.Popen[bytes]:
    """The server itself; it dies with the process group of the tests."""
    options = ["-D", str(folder / "data"), "-k", str(folder), "-h", "", "-c", "fsync=off", "-c", "max_connections=20"]
    program = [str(PROGRAMS[-1].with_name("postgres")), *options]
    log = (folder / "log").open("wb")
    with log:
        return subprocess.Popen(program, cwd=folder, stdout=log, stderr=log, **user())  # type: ignore[call-overload,no-any-return]


def await_socket(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Until it takes connections."""
    import psycopg

    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"host={folder} user={SERVER_USER} dbname=postgres").close()
            return
        time.sleep(0.05)
    pytest.skip(f"PostgreSQL's server does not start here: {(folder / 'log').read_text()[-300:]}")
