"""Errors of databases, files and ciphers become ours here, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError

from models.store.errors import DamagedStoreError, StoreBusyError, StoreError, StoreFullError

_FULL = ("database or disk is full", "no space left", "could not extend file", "disk i/o error", "disk full")
_DAMAGED = ("malformed", "not a database", "file is encrypted", "invalid page", "unsupported file format")
_BUSY = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")
_GONE = (
    "connection refused",
    "could not connect",
    "connection failed",
    "no such file",
    "server closed",
    "terminating connection",
    "shutting down",
    "starting up",
    "failed to resolve",
    "connection is lost",
    "connection is closed",
    "unable to open",
)
_FROZEN = ("what is stored does not change", "takes no further example")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Whatever the database at `place` raises inside the block becomes a `StoreError`.

    Raises:
        StoreError: of the kind that the failure is.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise _ours(error, place) from error
    except OSError as error:
        raise _of_file(error, place) from error


def _ours(error: SQLAlchemyError, place: str) -> StoreError:
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    low = said.lower()
    if any(part in low for part in _FULL):
        return StoreFullError(
            f"there is no room left for {place}",
            received=said,
            remedy="make room and run the same command again: what was not finished is not there",
        )
    if any(part in low for part in _DAMAGED):
        return DamagedStoreError(
            f"{place} is damaged or no store",
            expected="a store that `persona store add` made",
            received=said,
            remedy="put a backup back, and check it: persona store verify",
        )
    if any(part in low for part in _BUSY):
        return StoreBusyError(f"{place} is in use by another process", received=said, remedy="wait, then try again")
    if any(part in low for part in _FROZEN):
        return StoreError(
            f"{place} refuses to change what is stored", received=said, remedy="forget the whole device, or leave it"
        )
    if any(part in low for part in _GONE):
        return StoreError(
            f"{place} cannot be reached",
            received=said,
            remedy="start the server, or check the address and the password",
        )
    return _other(error, place, said)


def _other(error: SQLAlchemyError, place: str, said: str) -> StoreError:
    if isinstance(error, IntegrityError):
        return StoreError(f"{place} refuses what contradicts it", received=said, remedy="run it again")
    if isinstance(error, (OperationalError, DatabaseError, InterfaceError)):
        return StoreError(f"{place} cannot be used", received=said, remedy="check it: persona store verify")
    return StoreError(f"{place} cannot be opened", received=said, remedy="name a file, or postgresql://user@host/name")


def _of_file(error: OSError, place: str) -> StoreError:
    import errno

    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreFullError(f"there is no room left for {place}", received=str(error), remedy="make room, then again")
    return StoreError(f"{place} cannot be used", received=str(error), remedy="check path and permissions")
