"""Bytes as a person reads them."""

from __future__ import annotations

from typing import Final

_ROW: Final = 16


def hexdump(data: bytes, limit: int = 128) -> str:
    """Offset, hexadecimal and ASCII, 16 bytes a line; at most `limit` bytes, and a word about the rest."""
    lines = []
    for start in range(0, min(len(data), limit), _ROW):
        row = data[start : min(start + _ROW, limit)]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)  # noqa: PLR2004  # printable ASCII
        lines.append(f"{start:04x}  {row.hex(' '):<{3 * _ROW}} {text}")
    if len(data) > limit:
        lines.append(f"... {len(data) - limit} more bytes")
    return "\n".join(lines) or "(no bytes)"
