"""The options of commands that work on a store, and the store that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from persona.extras import needs
from persona.options import FILE

if TYPE_CHECKING:
    from models.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])

PLACE: Final = "PERSONA_STORE"
DEFAULT: Final = "store.db"


def store_options(function: F) -> F:
    """The options `--store` and `--store-key`; the command gets them as `place` and `store_key`."""
    place = click.option(
        "--store",
        "place",
        metavar="PATH|URL",
        envvar=PLACE,
        default=DEFAULT,
        show_default=f"{PLACE}, else {DEFAULT}",
        help="A file, or postgresql://user@host/name.",
    )
    key = click.option("--store-key", type=FILE, help="Key file of an encrypted store; persona store key makes one.")
    return place(key(function))


@contextmanager
def opened(place: str, store_key: Path | None, *, create: bool = False) -> Iterator[Store]:
    """The store that the options name.

    Raises:
        StoreError: there is none, or it cannot be opened.
        KeyFileError: the key file holds something else.
    """
    with needs("store"):
        from models.store.store import open_store
    from toolchain.keys import read_fleet_key

    key = None if store_key is None else read_fleet_key(store_key)
    with open_store(place, key=key, create=create) as store:
        yield store
