"""Sequence files: one user per line, `user item item ...`, oldest item first.

Two are known by name and held against their published counts: Amazon reviews 2014, category Beauty (McAuley, UCSD; for
research use), as 5-core prepared for S3-Rec, and its active users prepared for BERT4Rec.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.errors import FleetError

LEAST_ITEMS: Final = 4
"""A context, a target to learn from, one to choose by and one to be scored."""
_HOME: Final = "https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html"


@dataclass(frozen=True)
class Counts:
    """How large a set is."""

    users: int
    items: int
    interactions: int


@dataclass(frozen=True)
class Origin:
    """Where a set comes from and what may be done with it."""

    title: str
    source: str
    licence: str
    published: Counts | None = None


KNOWN: Final = {
    "amazon_beauty_5core": Origin(
        "Amazon reviews 2014, Beauty, 5-core",
        f"{_HOME}, as prepared for S3-Rec",
        "research use",
        Counts(22363, 12101, 198502),
    ),
    "amazon_beauty_active": Origin(
        "Amazon reviews 2014, Beauty, users with 20 actions and more",
        f"{_HOME}, from BERT4Rec's preparation",
        "research use",
        Counts(1012, 5897, 33986),
    ),
}
_OTHER: Final = Origin("a sequence file", "the file named", "not stated")


@dataclass(frozen=True, eq=False)
class Sequences:
    """A sequence file that was read.

    `users` int64 [n] items each, 1 to `items` in the order of the file's own numbers; 0 is no item. `digest` is that of
    the file.
    """

    name: str
    origin: Origin
    users: tuple[npt.NDArray[np.int64], ...]
    items: int
    digest: str

    @property
    def counts(self) -> Counts:
        """How large it is."""
        return Counts(len(self.users), self.items, sum(map(len, self.users)))

    def to_json(self) -> dict[str, Any]:
        """What a report says of its data."""
        counts = self.counts
        return {
            "name": self.name,
            "title": self.origin.title,
            "source": self.origin.source,
            "licence": self.origin.licence,
            "users": counts.users,
            "items": counts.items,
            "interactions": counts.interactions,
            "sha256": self.digest,
        }


def load_sequences(path: Path) -> Sequences:
    """Read a sequence file.

    Raises:
        FleetError: there is no such file, a line is no sequence or too short, a user occurs twice, or a published set
            has other counts than published.
    """
    try:
        data = path.read_bytes()
        text = data.decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise FleetError(
            f"{path.name} cannot be read as a sequence file", expected=_EXPECTED, received=str(error)
        ) from error
    named = _parse(path.name, text.splitlines())
    numbers = np.unique(np.concatenate(list(named.values())))
    users = tuple(np.searchsorted(numbers, items).astype(np.int64) + 1 for items in named.values())
    origin = KNOWN.get(path.stem, _OTHER)
    found = Sequences(path.stem, origin, users, len(numbers), hashlib.sha256(data).hexdigest())
    if origin.published is not None and found.counts != origin.published:
        raise FleetError(
            f"{path.name} is not the published set",
            expected=str(origin.published),
            received=str(found.counts),
            remedy="fetch the file again, or give your own file another name",
        )
    return found


_EXPECTED: Final = (
    f"lines `user item item ...` with at least {LEAST_ITEMS} whole numbers above 0 as items, oldest first"
)


def _parse(name: str, lines: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    found: dict[str, npt.NDArray[np.int64]] = {}
    for number, line in enumerate(lines, start=1):
        user, *items = line.split() or [""]
        numeric = all(item.isdecimal() and int(item) > 0 for item in items)
        if not numeric or len(items) < LEAST_ITEMS or user in found:
            problem = "user that occurred before" if user in found else f"line of {len(items)} items: {line[:60]!r}"
            raise FleetError(f"line {number} of {name} is no user", expected=_EXPECTED, received=f"a {problem}")
        found[user] = np.array([int(item) for item in items], np.int64)
    if not found:
        raise FleetError(f"{name} holds no users", expected=_EXPECTED, received="an empty file")
    return found
