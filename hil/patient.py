"""A host that is patient with a line that misbehaves, and does something else between the frames of its edits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar

from firmware_bridge.client import Device
from firmware_bridge.errors import BridgeError
from firmware_bridge.link import Link
from firmware_bridge.messages import Kind, Refusal, Request
from firmware_bridge.patience import Patience
from hil.stress_edits import Choice
from toolchain.layout import Vector

_ATTEMPTS: Final = 10
_EDITING: Final = frozenset({Kind.BEGIN, Kind.WRITE, Kind.VERIFY, Kind.APPLY})
R = TypeVar("R")


class BusyLink(Link):
    """A link that does something else before every request of an edit."""

    between: Callable[[], None] | None = None

    def request(
        self, request: Request[R], *, work_s: float = 0.0, reply_bytes: int = 0, patience: Patience | None = None
    ) -> R | Refusal:
        """As `Link.request`."""
        if self.between is not None and request.KIND in _EDITING:
            self.between()
        return super().request(request, work_s=work_s, reply_bytes=reply_bytes, patience=patience)


class PatientHost:
    """A host that tries again what failed, for one device.

    Args:
        link: to the device.

    Raises:
        BridgeError: ten attempts to say HELLO failed.

    `failed` counts attempts that came to nothing, `sendings` how often an edit was sent.
    """

    def __init__(self, link: BusyLink) -> None:
        self.failed = self.sendings = 0
        self._link = link
        self._sent = self._taken = 0
        self.device: Final = self.insist(lambda: Device(link))

    def insist(self, act: Callable[[], R]) -> R:
        """Do `act`, up to ten times.

        Raises:
            BridgeError: all of them failed.
        """
        for _ in range(_ATTEMPTS - 1):
            with suppress(BridgeError):
                return act()
            self.failed += 1
        return act()

    def bring(self, new: Choice, between: Callable[[], None] | None = None) -> Vector:
        """Bring an edit to the device, with its next counter and `between` before each request; its bank afterwards.

        Raises:
            BridgeError: ten attempts failed.
        """
        self._link.between = between
        self.insist(lambda: self._send(new))
        self._link.between = None
        self._taken = self._sent
        return self.insist(self.device.read_bank)

    def _send(self, new: Choice) -> None:
        """Unless the device runs it already, because only the reply to the last attempt was lost."""
        status = self.device.status()
        if status.active_digest == new.edit.digest and status.counter == self._sent > self._taken:
            return
        self.sendings += 1
        self._sent = status.counter + 1
        self.device.send_edit(replace(new.edit, counter=self._sent))
