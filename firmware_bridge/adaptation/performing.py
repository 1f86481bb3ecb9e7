"""The hands of the loop: carries out one action on one device and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from firmware_bridge.adapt import Observed, Proposal
from firmware_bridge.adaptation.actions import (
    Action,
    Check,
    Confirm,
    Connect,
    Deliver,
    End,
    Inspect,
    Propose,
    Rebase,
    Revert,
    Upload,
    Wait,
    Watch,
)
from firmware_bridge.adaptation.banks import Banks
from firmware_bridge.adaptation.change import change_of
from firmware_bridge.adaptation.events import (
    Checked,
    Confirmed,
    Connected,
    Delivered,
    Event,
    Inspected,
    Lost,
    Proposed,
    Rebased,
    Refused,
    Reverted,
    Unfit,
    Uploaded,
    Waited,
)
from firmware_bridge.adaptation.fitness import UnfitError, require_fit
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.tools import Tools
from firmware_bridge.client import Device
from firmware_bridge.cost import Cost
from firmware_bridge.errors import BridgeError, MismatchError, RefusedError, ThrottledError
from firmware_bridge.messages.watch import WatchReply
from toolchain.edit import Edit
from toolchain.errors import PersonaError
from toolchain.layout import Vector

Open = Callable[[], AbstractContextManager[Device]]
"""Opens a port and greets the device behind it."""


@dataclass(frozen=True)
class Plan:
    """What the editor proposed, as the edit that was made of it and the bank that it makes, float32 [size]."""

    proposal: Proposal
    edit: Edit
    bank: Vector


class Hands:
    """One port.

    Args:
        open_port: opens it.
        tools: what all ports share.
        policy: what COMMIT asks for, and what a device must be able to do.
        pause: waits so many seconds, or until somebody wants the loop to end.
        give_back: close the port while nothing is to be done, so that others can use it.

    `met` tells whether the device ever answered; `look` is the last reply to WATCH, `plan` the last proposal,
    `report` what the line saw of the last action if it failed there.
    """

    def __init__(
        self,
        open_port: Open,
        tools: Tools,
        policy: Policy,
        pause: Callable[[float], object],
        *,
        give_back: bool = False,
    ) -> None:
        self.met = False
        self.look: WatchReply | None = None
        self.plan: Plan | None = None
        self.report: dict[str, Any] | None = None
        self._open = open_port
        self._tools = tools
        self._policy = policy
        self._pause = pause
        self._give_back = give_back
        self._banks = Banks(tools.bundle)
        self._port = ExitStack()
        self._device: Device | None = None
        self._observed: Observed | None = None
        self._runs = b""
        self._spent = Cost()

    @property
    def cost(self) -> Cost:
        """What all conversations cost so far."""
        return self._spent if self._device is None else self._spent + self._device.link.cost

    def close(self) -> None:
        """Give the port back; more than once is fine."""
        if self._device is not None:
            self._spent += self._device.link.cost
            self._device = None
        with suppress(BridgeError):
            self._port.pop_all().close()

    def perform(self, action: Action) -> Event:
        """Carry out `action`; every error of ours becomes an event, and what the line saw of it `report`."""
        self.report = None
        try:
            return self._perform(action)
        except PersonaError as error:
            return self._failed(action, error)

    def _failed(self, action: Action, error: PersonaError) -> Event:
        why = _words(error)
        if isinstance(error, BridgeError) and error.report is not None:
            self.report = error.report.record()
        if isinstance(error, MismatchError | UnfitError):
            return Unfit(why)
        if isinstance(error, BridgeError) and not isinstance(error, RefusedError):
            self.close()
            sent = self.plan.edit.digest if isinstance(action, Deliver) and self.plan is not None else None
            return Lost(why, sent)
        return Refused(why, error.wait_s if isinstance(error, ThrottledError) else 0.0)

    def _perform(self, action: Action) -> Event:  # noqa: C901, PLR0911  # one line a kind of action
        match action:
            case Wait():
                return self._wait(action)
            case Connect():
                return self._connect()
            case Watch():
                self.look = self._there().watch()
                return self.look
            case Rebase():
                self._there().watch(anchor=True)
                return Rebased()
            case Inspect():
                return self._inspect(self._there())
            case Upload():
                self._observed = self._tools.observe(self._there())
                return Uploaded(self._observed.held)
            case Propose():
                return self._propose(self._there(), action.prototype)
            case Deliver():
                return self._deliver(self._there())
            case Check():
                return self._check(self._there(), action.digest)
            case Confirm():
                self._there().confirm(action.digest)
                return Confirmed()
            case Revert():
                self._there().drop()
                return Reverted()
            case End():
                self.close()
                return Waited()

    def _there(self) -> Device:
        """The device, greeted again where the port was closed meanwhile."""
        if self._device is None:
            self._device = self._port.enter_context(self._open())
            self.met = True
            require_fit(self._device.hello, self._tools, self._policy)
        return self._device

    def _connect(self) -> Event:
        self.close()
        self._there()
        return Connected()

    def _wait(self, action: Wait) -> Event:
        if self._give_back:
            self.close()
        self._pause(action.seconds)
        return Waited()

    def _inspect(self, device: Device) -> Inspected:
        status = device.status()
        digest = status.active_digest
        if self._banks.values(digest) is None:
            self._banks.meet(digest, device.read_bank())
        self._runs = digest
        prototype = self._banks.prototype_of(digest, device.history())
        return Inspected(digest, prototype, status.generation, status.counter)

    def _propose(self, device: Device, prototype: int | None) -> Event:
        running = self._banks.values(self._runs)
        if self._observed is None or running is None:
            return Refused("there is nothing to propose from")
        proposal = self._tools.advise(self._observed, prototype)
        edit = self._tools.encode(device, proposal)
        bank = self._tools.bank_of(edit)
        self.plan = Plan(proposal, edit, bank)
        return Proposed(edit.prototype, change_of(running, bank, self._tools.bundle.layout))

    def _deliver(self, device: Device) -> Event:
        if self.plan is None:
            return Refused("there is nothing to deliver")
        edit, bundle = self.plan.edit, self._tools.bundle
        self._banks.meet(edit.digest, self.plan.bank)
        if edit.durable:
            sent = device.commit_edit(edit, bundle, seconds=self._policy.probation_s)
        else:
            sent = device.send_edit(edit, bundle)
        self._runs = edit.digest
        return Delivered(Inspected(edit.digest, edit.prototype, sent.active.generation, edit.counter))

    def _check(self, device: Device, digest: bytes) -> Event:
        bank = self._banks.values(digest)
        return Checked("its bank is not known" if bank is None else self._tools.examine(device, digest, bank))


def _words(error: PersonaError) -> str:
    """An error in one line."""
    parts = {"expected": error.expected, "received": error.received}
    told = [f"{name}: {text.splitlines()[0]}" for name, text in parts.items() if text]
    return f"{error.what} ({'; '.join(told)})" if told else error.what
