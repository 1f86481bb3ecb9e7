"""How a test on a board ended: passed, or which one of six ways to fail. None is retried as another, or at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from firmware_bridge.errors import BridgeError, BuildError, DamagedError, NoReplyError, PortError, ProtocolError
from hil.errors import CrashedError, FlashFailedError, HilError, NoBootError, WrongResultError
from toolchain.errors import PersonaError


class Failure(Enum):
    """The ways to fail; the value is what reports say."""

    FLASH_FAILED = "FLASH_FAILED"
    """The image could not be put on the board, or is not what was read back."""
    NO_BOOT = "NO_BOOT"
    """The image is on the board and HELLO is not answered."""
    CRASHED = "CRASHED"
    """The device answered and then ended or reset by a fault."""
    NO_REPLY = "NO_REPLY"
    """The device answered before and is silent now."""
    WRONG_REPLY = "WRONG_REPLY"
    """It answers, and not what the protocol wants: damaged, refused, another version."""
    WRONG_RESULT = "WRONG_RESULT"
    """It answers by the protocol, and its outputs are not those of the reference."""


@dataclass(frozen=True)
class Failed:
    """One failure, and what was said of it."""

    failure: Failure
    message: str

    def to_json(self) -> dict[str, Any]:
        """As reports keep it."""
        return {"class": self.failure.value, "message": self.message}


_CLASSES: Final[tuple[tuple[type[PersonaError], Failure], ...]] = (
    (FlashFailedError, Failure.FLASH_FAILED),
    (NoBootError, Failure.NO_BOOT),
    (CrashedError, Failure.CRASHED),
    (WrongResultError, Failure.WRONG_RESULT),
    (NoReplyError, Failure.NO_REPLY),
    (ProtocolError, Failure.WRONG_REPLY),
    (DamagedError, Failure.WRONG_REPLY),
)


def failed(error: PersonaError) -> Failed | None:
    """The failure that `error` is.

    None for one that says nothing about the board, as a missing tool, a failed build or a busy port.
    """
    for kind, failure in _CLASSES:
        if isinstance(error, kind):
            return Failed(failure, str(error))
    if isinstance(error, HilError | PortError | BuildError) or not isinstance(error, BridgeError):
        return None
    return Failed(Failure.WRONG_REPLY, str(error))
