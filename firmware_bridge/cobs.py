"""Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999).

A stuffed body holds no zero byte, so that one zero byte can end a frame. The cost is one byte, and one more for each
254 bytes without a zero.
"""

from __future__ import annotations

from typing import Final

FULL_RUN: Final = 254


class CobsError(ValueError):
    """The bytes are not a stuffed body."""


def encode(data: bytes) -> bytes:
    """`data` without zero bytes; the delimiter is not included. No bytes become the single byte 1."""
    out = bytearray()
    runs = data.split(b"\0")
    for run in runs[:-1]:
        _append_run(out, run, zero_follows=True)
    _append_run(out, runs[-1], zero_follows=False)
    return bytes(out)


def _append_run(out: bytearray, run: bytes, *, zero_follows: bool) -> None:
    if not run:
        out.append(1)
    for start in range(0, len(run), FULL_RUN):
        part = run[start : start + FULL_RUN]
        out.append(len(part) + 1)
        out += part
    if run and len(run) % FULL_RUN == 0 and zero_follows:
        out.append(1)


def decode(body: bytes) -> bytes:
    """Undo `encode`; a redundant last `01` behind a full run is accepted, as other encoders write it.

    Raises:
        CobsError: empty, a zero byte inside, or a run that reaches beyond the end.
    """
    if not body or 0 in body:
        raise CobsError("an empty body" if not body else f"a zero byte at offset {body.index(0)}")
    out = bytearray()
    at = 0
    while at < len(body):
        code = body[at]
        end = at + code
        if end > len(body):
            raise CobsError(f"the run at offset {at} wants {code - 1} bytes, {len(body) - at - 1} are left")
        out += body[at + 1 : end]
        if code != FULL_RUN + 1 and end < len(body):
            out.append(0)
        at = end
    return bytes(out)
