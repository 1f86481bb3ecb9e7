"""Commands that need more than the base install say which extra brings it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from persona.version import DISTRIBUTION
from toolchain.errors import PersonaError

_OURS: Final = frozenset({"toolchain", "models", "firmware_bridge", "hil", "persona"})


class MissingExtraError(PersonaError):
    """A package is not installed that the base install does not bring."""


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Imports inside the block may miss packages of `extra`.

    Raises:
        MissingExtraError: one is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in _OURS:
            raise
        raise MissingExtraError(
            f"this command needs the package {package!r}",
            expected=f"the extra [{extra}]",
            received="an install without it",
            remedy=f"pip install '{DISTRIBUTION}[{extra}]'",
        ) from error
