"""What the decision machine wants done next, each with its reason in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Connect:
    """Open the port and greet the device."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Leave the device alone for `seconds`."""

    reason: str
    seconds: float


@dataclass(frozen=True)
class Watch:
    """Ask for the drift."""

    reason: str


@dataclass(frozen=True)
class Rebase:
    """Make the present context the reference of the drift."""

    reason: str


@dataclass(frozen=True)
class Inspect:
    """Ask which bank runs and where it came from."""

    reason: str


@dataclass(frozen=True)
class Upload:
    """Read the context."""

    reason: str


@dataclass(frozen=True)
class Propose:
    """Ask the editor, which is told the prototype that runs (None: unknown)."""

    reason: str
    prototype: int | None


@dataclass(frozen=True)
class Deliver:
    """Send the proposal as an edit and let the device run it."""

    reason: str
    durable: bool


@dataclass(frozen=True)
class Check:
    """Look whether the device is well with the edit on probation."""

    reason: str
    digest: bytes


@dataclass(frozen=True)
class Confirm:
    """Make the edit on probation what a reset brings back."""

    reason: str
    digest: bytes


@dataclass(frozen=True)
class Revert:
    """Take the edit on probation back."""

    reason: str


@dataclass(frozen=True)
class End:
    """Close the port; nothing is left to do."""

    reason: str


Action = Connect | Wait | Watch | Rebase | Inspect | Upload | Propose | Deliver | Check | Confirm | Revert | End
