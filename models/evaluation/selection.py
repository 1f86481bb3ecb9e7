"""Names that a user gives, against those that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from models.errors import StudyError

T = TypeVar("T")


def pick(names: Sequence[str], known: Mapping[str, T], what: str) -> list[T]:
    """The entries of `known` by name, in the order of `names`, each once.

    Raises:
        StudyError: a name is not among them; the nearest ones are offered.
    """
    for name in names:
        if name not in known:
            raise StudyError(
                f"there is no {what} {name!r}",
                expected=", ".join(known),
                received=name,
                remedy=_offer(name, known),
            )
    return [known[name] for name in dict.fromkeys(names)]


def _offer(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}?" if near else "choose one of these"
