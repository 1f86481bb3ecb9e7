"""Which examples become the frozen evaluation set: pure, so that anybody can repeat the choice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

SHARE: Final = 0.5
_RANK_BYTES: Final = 8


ORDER: Final = b"order"
FREEZE: Final = b"freeze"


def rank_of(salt: bytes, purpose: bytes, digest: bytes) -> int:
    """Where a hash puts an example, a signed number of 64 bits: nobody's choice, and the same for ever.

    `purpose` keeps two choices apart: were the frozen examples chosen by the order in which the others are used, the
    first of those would come from the classes whose frozen half ended early.
    """
    return int.from_bytes(hashlib.sha256(salt + purpose + digest).digest()[:_RANK_BYTES], "big", signed=True)


def chosen(ranks: Sequence[int], labels: npt.NDArray[np.int64], share: float = SHARE) -> npt.NDArray[np.bool_]:
    """Which of n examples are frozen, bool [n]: of each class the `share` with the smallest ranks, rounded down.

    A class with a single example is left to training. `ranks` are n numbers, `labels` int64 [n].
    """
    order = np.argsort(np.asarray(ranks, np.int64), kind="stable")
    frozen = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        frozen[own[: int(share * len(own))]] = True
    return frozen


def set_digest(digests: Sequence[bytes], labels: npt.NDArray[np.int64]) -> bytes:
    """32 bytes that name a frozen set by its windows and labels, in whatever order they come."""
    rows = sorted(
        digest + int(label).to_bytes(8, "little", signed=True)
        for digest, label in zip(digests, labels.tolist(), strict=True)
    )
    return hashlib.sha256(b"".join(rows)).digest()
