"""How many answers of a device were right to the bit, and what the first wrong one looked like."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.hexdump import hexdump
from hil.errors import WrongResultError

_ROW = 16


@dataclass
class Tally:
    """Counts comparisons; `first_difference` describes the first that failed."""

    equal: int = 0
    total: int = 0
    first_difference: str = ""

    def compare(self, where: str, expected: bytes, received: bytes) -> bool:
        """Count one comparison of bytes; whether they are equal."""
        self.total += 1
        self.equal += expected == received
        if expected != received and not self.first_difference:
            self.first_difference = describe(where, expected, received)
        return expected == received


def require_equal(where: str, expected: bytes, received: bytes) -> None:
    """A comparison that everything after it rests on.

    Raises:
        WrongResultError: the bytes differ.
    """
    if expected != received:
        raise WrongResultError(
            f"{where} of the device is not that of the reference",
            expected=f"{len(expected)} equal bytes",
            received=describe(where, expected, received),
            remedy="build the firmware from this bundle again; if it stays, compare layer by layer",
        )


def describe(where: str, expected: bytes, received: bytes) -> str:
    """The first place where two byte strings differ, with the bytes around it."""
    if len(expected) != len(received):
        return f"{where}: {len(expected)} bytes expected, {len(received)} came"
    at = next((i for i, (a, b) in enumerate(zip(expected, received, strict=True)) if a != b), None)
    if at is None:
        return f"{where}: equal"
    start = at - at % _ROW
    rows = [hexdump(data[start : start + _ROW]) for data in (expected, received)]
    return (
        f"{where}: first at byte {at} of {len(expected)}; from {start} on\n  expected {rows[0]}\n  received {rows[1]}"
    )
