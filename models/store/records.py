"""What the store keeps, as values that know nothing of a database.

Source: "Recompile, Don't Transport" (Zenodo 20535982): the source examples and a frozen evaluation set are the asset,
edits are compiled artifacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Device:
    """A device, and so its user. `hardware` is the id of 8 bytes that its key follows from, None where it has none."""

    id: int
    name: str
    hardware: bytes | None


@dataclass(frozen=True)
class Base:
    """A base that edits were made for.

    `fingerprint` and `layout` are the 8 bytes that edits carry, `shapes` the adaptive tensors as text, `location` the
    folder of its bundle when it was added, `seal` the SHA-256 of that bundle's manifest.
    """

    id: int
    name: str
    fingerprint: bytes
    layout: bytes
    shapes: str
    location: str
    seal: bytes


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled windows of one device.

    `windows` float32 [n, *shape] in real numbers, as a model's input takes them; `labels` int64 [n]; `digests` name
    each by its content, 32 bytes.
    """

    windows: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    digests: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.digests)


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """The frozen evaluation set of one device; `digest` covers its windows and labels, 32 bytes."""

    id: int
    digest: bytes
    examples: Examples


@dataclass(frozen=True)
class NewEdit:
    """An edit to be kept: its binary form with its MAC, and what it scores on the frozen set, 0 to 1.

    `before` is the score of the same base without it.
    """

    packed: bytes
    signed: bool
    before: float
    after: float


class Verdict(Enum):
    """What became of a device on a new base."""

    ACCEPTED = "accepted"
    WORSE = "worse"
    """The edit was made and scored, and the old base with its old edit is better."""
    IMPOSSIBLE = "impossible"
    """No edit could be made: `reason` says why."""


@dataclass(frozen=True)
class NewRecompilation:
    """One unit of work, done: one device on one base by one method from one set of examples.

    `device`, `base` and `old_edit` are ids of the store; `data` is the digest of the examples and settings that it was
    made from, `examples` their number. `transport` says why the old edit cannot be carried over (None where there is
    no old edit); `reference` is the score to be reached: that of the old base with its old edit.
    """

    device: int
    base: int
    method: str
    data: bytes
    examples: int
    verdict: Verdict
    reason: str
    edit: NewEdit | None
    old_edit: int | None
    transport: str | None
    reference: float | None
    seconds: float


@dataclass(frozen=True)
class Edit:
    """An edit as the store keeps it; `accepted` tells whether it may be deployed."""

    id: int
    device: int
    base: int
    method: str
    packed: bytes
    signed: bool
    before: float | None
    after: float | None
    accepted: bool
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Recompilation:
    """A `NewRecompilation` as the store keeps it; `edit` is the id of what was made."""

    id: int
    device: int
    base: int
    method: str
    data: bytes
    examples: int
    verdict: Verdict
    reason: str
    edit: int | None
    old_edit: int | None
    transport: str | None
    before: float | None
    after: float | None
    reference: float | None
    seconds: float
    made_at: datetime
