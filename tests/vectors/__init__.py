"""Frozen bytes of the wire protocol, read by both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
WIRE_V1: Final = HERE / "wire-v1.txt"
WIRE_V2: Final = HERE / "wire-v2.txt"


def read_vectors(path: Path) -> dict[str, bytes]:
    """The named byte strings of a vector file, in its order."""
    rows = (line.partition(": ") for line in path.read_text("ascii").splitlines() if line and not line.startswith("#"))
    return {name: bytes.fromhex(text) for name, _, text in rows}
