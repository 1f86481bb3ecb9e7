"""The errors of `firmware_bridge`: a shallow tree by what the caller does next."""

from __future__ import annotations

from typing import Any, Protocol

from toolchain.errors import PersonaError


class FailureReport(Protocol):
    """What an error wants of the report that is tied to it; `firmware_bridge.report.Report` is one."""

    def record(self) -> dict[str, Any]:
        """The report as JSON knows it."""


class BridgeError(PersonaError):
    """Root of the errors of `firmware_bridge`.

    `report` says what happened on the line, if the failure came from there; it is part of the message.
    """

    exit_code = 3
    report: FailureReport | None = None

    def __str__(self) -> str:
        """The message, and the report behind it."""
        return self.message() if self.report is None else f"{self.message()}\n{self.report}"


class PortError(BridgeError):
    """The port cannot be opened, or it went away: look at the URL, the cable, the permissions."""


class NoReplyError(BridgeError):
    """The port is open and the device does not answer: reset it, or look whether it is the right port."""


class ProtocolError(BridgeError):
    """Something answers that does not speak this protocol's version: it is another program or another release."""


class DamagedError(BridgeError):
    """Bytes that a digest covers differ from the digest: read them again, or distrust the device's memory."""


class BuildError(BridgeError):
    """The firmware cannot be built: the message names the missing tool or shows the compiler's words."""


class NoRoomError(BuildError):
    """The bundle is too large for the platform: another board, or a smaller model."""


class RefusedError(BridgeError):
    """The device, or the host by the device's own rules, refuses a request.

    `code` and `numbers` (expected, received) are the reply's (`messages.Code`, docs/protocol.md, "Replies").
    """

    def __init__(  # noqa: PLR0913  # a refusal has that many parts
        self,
        what: str,
        *,
        code: int,
        numbers: tuple[int, int] = (0, 0),
        expected: str | None = None,
        received: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.code = code
        self.numbers = numbers
        super().__init__(what, expected=expected, received=received, remedy=remedy)


class MismatchError(RefusedError):
    """Edit and device do not belong together: make the edit anew for this device's base and layout."""


class StaleError(RefusedError):
    """The device moved on meanwhile: ask its state and make the edit anew."""


class SignatureError(RefusedError):
    """The device does not believe that the edit comes from its owner: sign it with the device's key."""


class ThrottledError(RefusedError):
    """The device's bank was switched too often: wait `wait_s` and send the edit again."""

    @property
    def wait_s(self) -> float:
        """Seconds until the device allows the next switch."""
        return self.numbers[0] / 1000
