"""What all codecs share: their numbers, their interface, and how they refuse a payload."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

from toolchain.errors import EditError
from toolchain.layout import Layout, Vector


class Codec(IntEnum):
    """How the delta is written; the numbers are those of the wire."""

    F32 = 0
    INT8 = 1
    F16 = 2
    INT4 = 3
    SPARSE = 4
    LATENT = 5


class Fault(IntEnum):
    """Why a payload is refused; the numbers are the device's refusal codes (docs/protocol.md, "Replies")."""

    BAD_PAYLOAD_LENGTH = 21
    NOT_FINITE = 24
    OUT_OF_BOUNDS = 25
    BAD_PAYLOAD = 38


class PayloadError(EditError):
    """A payload that no device takes.

    Args:
        what: one sentence that names the problem.
        fault: the device's code for it.
        numbers: the two numbers that the device answers with, `expected` and `received`, as u32.
        expected: what would have been right.
        received: what came instead.
        remedy: what the user can do now.
    """

    def __init__(  # noqa: PLR0913  # a message has three parts, a refusal two
        self, what: str, fault: Fault, numbers: tuple[int, int], *, expected: str, received: str, remedy: str
    ) -> None:
        super().__init__(what, expected=expected, received=received, remedy=remedy)
        self.fault = fault
        self.numbers = numbers


class Coder(Protocol):
    """One codec for one model."""

    def encode(self, clipped: Vector) -> bytes:
        """The payload for a delta, float32 [size], that is finite and within T.

        Raises:
            EditError: the codec cannot hold such a delta.
        """

    def decode(self, payload: bytes) -> Vector:
        """The delta, float32 [size], that a device makes of a payload.

        Raises:
            PayloadError: a device refuses the payload.
        """


def place(index: int, layout: Layout) -> str:
    """The parameter with this index, for a message."""
    for tensor in layout.tensors:
        if index < tensor.offset + tensor.size:
            return f"{tensor.name}[{index - tensor.offset}]"
    return f"float {index}"


def require_length(payload: bytes, wanted: int) -> None:
    """Refuse a payload of another length.

    Raises:
        PayloadError: BAD_PAYLOAD_LENGTH.
    """
    if len(payload) != wanted:
        raise PayloadError(
            "the edit's payload has another length",
            Fault.BAD_PAYLOAD_LENGTH,
            (wanted, len(payload)),
            expected=f"{wanted} bytes",
            received=f"{len(payload)} bytes",
            remedy="make the edit anew for this model",
        )


def bad_payload(byte: int, value: int, expected: str) -> PayloadError:
    """The refusal of a byte that cannot be."""
    return PayloadError(
        f"the edit's payload cannot be: look at byte {byte}",
        Fault.BAD_PAYLOAD,
        (byte, value),
        expected=expected,
        received=str(value),
        remedy="the edit is damaged: make it anew",
    )
