"""The errors of `firmware_bridge`: a shallow tree by what the caller does next."""

from __future__ import annotations

from toolchain.errors import PersonaError


class BridgeError(PersonaError):
    """Root of the errors of `firmware_bridge`."""

    exit_code = 3


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


class RefusedError(BridgeError):
    """The device, or the host by the device's own rules, refuses a request; `code` is the reply's (`messages.Code`)."""

    def __init__(
        self,
        what: str,
        *,
        code: int,
        expected: str | None = None,
        received: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.code = code
        super().__init__(what, expected=expected, received=received, remedy=remedy)


class MismatchError(RefusedError):
    """Edit and device do not belong together: make the edit anew for this device's base and layout."""


class StaleError(RefusedError):
    """The device moved on meanwhile: ask its state and make the edit anew."""
