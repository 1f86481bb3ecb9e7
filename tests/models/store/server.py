"""A real PostgreSQL server from Debian's programs, for the length of a test session: own folder, own port, no trace."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ACCOUNT: Final = "postgres"
USER, PASSWORD = "persona", "se:cr/et"
QUOTED: Final = "se%3Acr%2Fet"
DATABASE: Final = "store"
_FAST: Final = ("fsync=off", "full_page_writes=off", "max_connections=30")
_PATIENCE_S: Final = 60.0


class NoServerError(Exception):
    """Why there is no server."""


def programs() -> Path:
    """The folder of the newest version.

    Raises:
        NoServerError: none is installed, or nobody may run it.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NoServerError("PostgreSQL is not installed (apt-get install postgresql)")
    if os.geteuid() == 0 and _account() is None:
        raise NoServerError(f"PostgreSQL does not run as root, and there is no user {ACCOUNT}")
    return found[-1].parent


def _account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None


@dataclass
class Server:
    """One server; it ends with the process that started it, however that ends."""

    programs: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    _made: bool = False

    def url(self, database: str = "postgres", *, password: str = QUOTED, port: int | None = None) -> str:
        """The URL of a database."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{port or self.port}/{database}"

    def empty(self) -> str:
        """The URL of a database that is empty, always the same one: to make one takes longer than a test."""
        self.say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'")  # noqa: S608  # our own
        if self._made:
            self.say("DROP SCHEMA public CASCADE; CREATE SCHEMA public", DATABASE)
        else:
            self.say(f"CREATE DATABASE {DATABASE}")
            self._made = True
        return self.url(DATABASE)

    def say(self, statement: str, database: str = "postgres") -> None:
        """Run a statement of the server's own."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start, and wait until it answers."""
        guard = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
        command = [*guard, self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
        command += ["-k", self.folder, "-h", "127.0.0.1"]
        for setting in _FAST:
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_as_account())  # type: ignore[call-overload]
        until = time.monotonic() + _PATIENCE_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise NoServerError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-300:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        ready: list[str | Path] = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        """Stop at once, whoever is connected; after SIGQUIT nothing is written any more."""
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(_PATIENCE_S)
            self.process = None


def _as_account() -> dict[str, object]:
    account = _account() if os.geteuid() == 0 else None
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def running_server() -> Iterator[Server]:
    """A server that runs within the block, and is gone with its folder afterwards.

    Raises:
        NoServerError: it cannot be started here.
    """
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="persona-postgres-"))
    server = Server(found, folder, _free_port())
    try:
        _initialise(server)
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


def _initialise(server: Server) -> None:
    secret = server.folder / "password"
    secret.write_text(PASSWORD + "\n")
    account = _as_account()
    if account:
        for path in (server.folder, secret):
            os.chown(path, int(str(account["user"])), int(str(account["group"])))
    command: list[str | Path] = [
        server.programs / "initdb",
        "-D",
        server.folder / "data",
        "-U",
        USER,
        "--pwfile",
        secret,
        "--no-sync",
    ]
    command += ["--auth=scram-sha-256", "--locale=C", "--encoding=UTF8"]
    made = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd="/", **account)  # type: ignore[call-overload]
    if made.returncode:
        raise NoServerError(f"initdb fails: {made.stderr.strip()[-300:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
