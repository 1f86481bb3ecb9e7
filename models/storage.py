"""The directory of a trained model: sealed, so that it is either whole or not there."""

from __future__ import annotations

from typing import Final

from models.errors import TrainedError
from toolchain.sealed import SealedFormat

SEAL: Final = SealedFormat(
    "trained.json",
    1,
    "a trained model",
    TrainedError,
    "train again with `persona train`, or copy the whole directory again",
)
