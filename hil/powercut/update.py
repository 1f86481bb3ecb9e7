"""The update during which power is cut, and what has to hold afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from firmware_bridge.client import Device
from firmware_bridge.delivery import Adaptive
from hil.errors import WrongResultError
from toolchain.edit import Codec, Edit, apply_edit, encode_edit

_SMALL: Final = 0.01
"""Largest change of a parameter: the trial vectors have to pass."""


@dataclass(frozen=True)
class Settled:
    """A durable edit and the bank that it makes, as bytes."""

    edit: Edit
    bank: bytes


@dataclass(frozen=True)
class Course:
    """The edits of one trial: `old` is confirmed before, power is cut while `new` is delivered, `next` proves the rest.

    Args:
        model: the bundle of the device.
        base: its base fingerprint.
        prototype: which one the edits start from; with small edits it has to pass the device's trial vectors.
    """

    model: Adaptive
    base: bytes
    prototype: int = 0

    @cached_property
    def old(self) -> Settled:
        """What a reset brings back before the update."""
        return self._settled(10)

    @cached_property
    def new(self) -> Settled:
        """What the update is to bring."""
        return self._settled(11)

    @cached_property
    def next(self) -> Settled:
        """One more complete update."""
        return self._settled(20)

    def _settled(self, counter: int) -> Settled:
        layout, prototypes = self.model.layout, self.model.prototypes
        chance = np.random.default_rng(counter)
        delta = chance.uniform(-_SMALL, _SMALL, layout.size)
        edit = encode_edit(
            delta.astype(np.float32),
            layout=layout,
            base=self.base,
            prototypes=prototypes,
            prototype=self.prototype,
            counter=counter,
            codec=Codec.F16,
            durable=True,
        )
        bank = apply_edit(edit, layout=layout, base=self.base, prototypes=prototypes)
        return Settled(edit, bank.tobytes())


def settle(device: Device, wanted: Settled) -> None:
    """BEGIN to CONFIRM."""
    device.commit_edit(wanted.edit)
    device.confirm(wanted.edit.digest)


def found(device: Device, *allowed: Settled) -> Settled:
    """Which of `allowed` the device brought back: its bank bit for bit, digests and counters that fit it.

    Raises:
        WrongResultError: none of them, or not as a whole.
    """
    status = device.status()
    bank = device.read_bank().astype("<f4").tobytes()
    for one in allowed:
        edit = one.edit
        if bank == one.bank:
            seen = (status.counter, status.confirmed_counter, status.active_digest, status.confirmed_digest)
            if seen != (edit.counter, edit.counter, edit.digest, edit.digest):
                raise WrongResultError("bank and counters do not belong together", received=str(status))
            return one
    raise WrongResultError("the device runs a bank that nobody made", received=str(status))
