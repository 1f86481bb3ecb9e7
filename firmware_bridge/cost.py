"""What a conversation costs on the line, frame overhead, retries and delimiters included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DEFAULT_BAUD: Final = 115_200
BITS_PER_BYTE: Final = 10
"""8N1: a start bit, eight bits, a stop bit."""


def line_time_s(size: int, baud: int = DEFAULT_BAUD) -> float:
    """Seconds that `size` bytes take on an 8N1 line."""
    return size * BITS_PER_BYTE / baud


@dataclass(frozen=True)
class Cost:
    """Bytes on the wire in both directions, and how many requests had to be sent again."""

    sent_bytes: int = 0
    received_bytes: int = 0
    requests: int = 0
    retries: int = 0

    @property
    def wire_bytes(self) -> int:
        """Bytes in both directions."""
        return self.sent_bytes + self.received_bytes

    def line_time_s(self, baud: int = DEFAULT_BAUD) -> float:
        """Seconds on an 8N1 line that carries one direction at a time, as this protocol does."""
        return line_time_s(self.wire_bytes, baud)

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.sent_bytes + other.sent_bytes,
            self.received_bytes + other.received_bytes,
            self.requests + other.requests,
            self.retries + other.retries,
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.sent_bytes - other.sent_bytes,
            self.received_bytes - other.received_bytes,
            self.requests - other.requests,
            self.retries - other.retries,
        )
