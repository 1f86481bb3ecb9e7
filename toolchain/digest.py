"""The one digest of the project: BLAKE2s (RFC 7693), truncated to eight bytes where it only has to tell things apart.

A fingerprint guards against mistakes (another base, another layout, a damaged buffer). It is not a signature:
authenticity is the business of the edit's MAC, which covers every byte of the edit.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt

FINGERPRINT_BYTES: Final = 8


def fingerprint(*parts: bytes) -> bytes:
    """First eight bytes of BLAKE2s-256 over the concatenated `parts`."""
    digest = hashlib.blake2s()
    for part in parts:
        digest.update(part)
    return digest.digest()[:FINGERPRINT_BYTES]


def bank_digest(bank: npt.NDArray[np.float32]) -> bytes:
    """Digest of an adaptive buffer: `fingerprint` of its little-endian float32 bytes."""
    return fingerprint(np.ascontiguousarray(bank, dtype="<f4").tobytes())
