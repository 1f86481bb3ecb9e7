"""Which values and which prototype lie behind a bank's digest."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridge.messages import HistoryEntry
from firmware_bridge.messages.kinds import Event
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest
from toolchain.layout import Vector

_MADE = frozenset({Event.APPLY, Event.COMMIT, Event.RESTORED})
"""The events of a history that name the prototype of the bank they made active."""


class Banks:
    """What one port's worker knows of banks: the prototypes of the bundle, and every bank that it met since.

    Args:
        bundle: the bundle on the device.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._prototypes = {bank_digest(row): index for index, row in enumerate(bundle.prototypes)}
        self._fixed: dict[bytes, Vector] = {bank_digest(row): row for row in bundle.prototypes}
        self._met: dict[bytes, Vector] = {}

    def values(self, digest: bytes) -> Vector | None:
        """The bank of `digest`, float32 [size]; None if it was never met."""
        return self._fixed.get(digest, self._met.get(digest))

    def meet(self, digest: bytes, bank: Vector) -> None:
        """Remember a bank, and the one before it: a device has two."""
        self._met = dict([*self._met.items(), (digest, bank)][-2:])

    def prototype_of(self, digest: bytes, history: Sequence[HistoryEntry]) -> int | None:
        """The prototype that the bank of `digest` was made from: by the device's history, or because it is one."""
        for entry in reversed(history):
            if entry.digest == digest and entry.event in _MADE:
                return entry.prototype
        return self._prototypes.get(digest)
