"""What the decision machine hears: the outcome of each action; of Watch it is the reply itself."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.messages.watch import WatchReply


@dataclass(frozen=True)
class Connected:
    """The device answered HELLO and holds the bundle."""


@dataclass(frozen=True)
class Lost:
    """The link or the device does not answer; `sent` is the digest of an edit that may have arrived."""

    why: str
    sent: bytes | None = None


@dataclass(frozen=True)
class Waited:
    """A wait is over."""


@dataclass(frozen=True)
class Inspected:
    """What runs: digest of the active bank, the prototype it was made from (None: unknown), generation and counter."""

    digest: bytes
    prototype: int | None
    generation: int
    counter: int


@dataclass(frozen=True)
class Rebased:
    """The present context is the reference of the drift."""


@dataclass(frozen=True)
class Uploaded:
    """The context has come."""

    held: int


@dataclass(frozen=True)
class Proposed:
    """The editor's proposal; `change` is how far its bank is from the running one, as a share of T."""

    prototype: int
    change: float


@dataclass(frozen=True)
class Delivered:
    """The device runs the edit (and has it on probation, if it is durable)."""

    running: Inspected


@dataclass(frozen=True)
class Refused:
    """The device, or the host itself, refuses; `wait_s` is how long the device wants to be left alone (THROTTLED)."""

    why: str
    wait_s: float = 0.0


@dataclass(frozen=True)
class Checked:
    """The health of an edit on probation; `fault` is what is wrong, None if nothing is."""

    fault: str | None


@dataclass(frozen=True)
class Confirmed:
    """The edit is what a reset brings back."""


@dataclass(frozen=True)
class Reverted:
    """The bank before the edit runs again."""


@dataclass(frozen=True)
class Unfit:
    """This device cannot be adapted with this bundle, now or later."""

    why: str


@dataclass(frozen=True)
class Stopping:
    """Somebody wants the loop to end."""


Event = (
    Connected
    | Lost
    | Waited
    | WatchReply
    | Inspected
    | Rebased
    | Uploaded
    | Proposed
    | Delivered
    | Refused
    | Checked
    | Confirmed
    | Reverted
    | Unfit
    | Stopping
)
