"""Frames of the wire protocol (docs/protocol.md, "Frame"): bytes in, frames and reasons for dropped bytes out.

    COBS( version u8 | type u8 | seq u16 | payload | CRC-32 u32 ) 0x00

Pure: no port and no clock. The receiver's memory is bounded by the payload it was told to accept.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import Enum
from typing import Final

from firmware_bridge import cobs

WIRE_VERSION: Final = 2
MAX_PAYLOAD: Final = 0xFFFF
"""The longest payload that a host accepts: HELLO cannot name a larger limit."""

_HEADER: Final = struct.Struct("<BBH")
_CRC: Final = struct.Struct("<I")
OVERHEAD_BYTES: Final = _HEADER.size + _CRC.size
DELIMITER: Final = b"\0"


class Reason(Enum):
    """Why bytes were dropped; the names are those of the device's counters."""

    BAD_COBS = "bad_cobs"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_CRC = "bad_crc"
    BAD_VERSION = "bad_version"


@dataclass(frozen=True)
class Frame:
    """One intact frame."""

    kind: int
    seq: int
    payload: bytes

    def pack(self, version: int = WIRE_VERSION) -> bytes:
        """Bytes for the line, delimiter included; another `version` only asks an older device who it is."""
        content = _HEADER.pack(version, self.kind, self.seq) + self.payload
        return cobs.encode(content + _CRC.pack(zlib.crc32(content))) + DELIMITER


@dataclass(frozen=True)
class Drop:
    """Bytes that were not accepted: `data` as they came (at most what the receiver keeps), without the delimiter."""

    reason: Reason
    detail: str
    data: bytes
    size: int


def wire_bytes_limit(payload: int) -> int:
    """The most bytes a frame with `payload` bytes takes on the line, delimiter included."""
    content = OVERHEAD_BYTES + payload
    return content + max(1, -(-content // cobs.FULL_RUN)) + len(DELIMITER)


def parse_body(body: bytes, max_payload: int = MAX_PAYLOAD) -> Frame | Drop:
    """What one delimited, not empty `body` is, checked in the order of the protocol's list of reasons."""
    try:
        content = cobs.decode(body)
    except cobs.CobsError as error:
        return Drop(Reason.BAD_COBS, str(error), body, len(body))
    if len(content) < OVERHEAD_BYTES:
        detail = f"{len(content)} bytes, a frame has at least {OVERHEAD_BYTES}"
        return Drop(Reason.TOO_SHORT, detail, body, len(body))
    if len(content) > OVERHEAD_BYTES + max_payload:
        detail = f"{len(content) - OVERHEAD_BYTES} bytes of payload, at most {max_payload} are accepted"
        return Drop(Reason.TOO_LONG, detail, body, len(body))
    (stated,) = _CRC.unpack(content[-_CRC.size :])
    computed = zlib.crc32(content[: -_CRC.size])
    if stated != computed:
        return Drop(Reason.BAD_CRC, f"the frame says {stated:#010x}, its bytes give {computed:#010x}", body, len(body))
    version, kind, seq = _HEADER.unpack_from(content)
    if version != WIRE_VERSION:
        detail = f"wire version {version}, this release speaks {WIRE_VERSION}"
        return Drop(Reason.BAD_VERSION, detail, body, len(body))
    return Frame(kind, seq, content[_HEADER.size : -_CRC.size])


class Receiver:
    """Cuts a stream of bytes into frames, whatever the pieces it arrives in.

    Args:
        max_payload: longer payloads are skipped to the next delimiter and reported as `TOO_LONG`.
    """

    def __init__(self, max_payload: int = MAX_PAYLOAD) -> None:
        self._max_payload = max_payload
        self._limit = wire_bytes_limit(max_payload) - len(DELIMITER)
        self._body = bytearray()
        self._size = 0

    @property
    def pending(self) -> bytes:
        """Bytes of a frame that has not ended yet."""
        return bytes(self._body)

    def feed(self, data: bytes) -> list[Frame | Drop]:
        """Take `data`; give the frames that it completes and what it makes us drop, in order of arrival."""
        found: list[Frame | Drop] = []
        *ended, rest = data.split(DELIMITER)
        for part in ended:
            self._take(part)
            if self._size:
                found.append(self._finish())
        self._take(rest)
        return found

    def abandon(self) -> Drop | None:
        """Give up the frame that has begun and not ended, because the line has been silent for too long."""
        if not self._size:
            return None
        body, size = bytes(self._body), self._size
        self._body.clear()
        self._size = 0
        return Drop(Reason.BAD_COBS, f"{size} bytes without an end", body, size)

    def _take(self, part: bytes) -> None:
        self._body += part[: self._limit - len(self._body)]
        self._size += len(part)

    def _finish(self) -> Frame | Drop:
        body, size = bytes(self._body), self._size
        self._body.clear()
        self._size = 0
        if size > self._limit:
            return Drop(Reason.TOO_LONG, f"{size} bytes, at most {self._limit} are accepted", body, size)
        return parse_body(body, self._max_payload)
