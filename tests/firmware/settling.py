"""The ways of an edit to a device, for tests that say every byte themselves."""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.messages import Apply, Begin, Commit, Confirm, Try, Verify
from tests.firmware.wire import Wire
from toolchain.edit import Edit


def stage(wire: Wire, edit: Edit) -> None:
    """BEGIN with the whole edit behind it, VERIFY."""
    reply = wire.ask(Begin(edit.header, edit.body))
    assert reply.received == reply.wanted
    assert wire.ask(Verify()) == edit.digest


def apply(wire: Wire, edit: Edit) -> None:
    """The whole way of an edit that lives until the next reset."""
    stage(wire, edit)
    wire.ask(Apply(wire.status().active_digest))


def commit(wire: Wire, edit: Edit) -> Edit:
    """Put `edit`, made durable, on probation; gives what was sent."""
    durable = replace(edit, durable=True)
    stage(wire, durable)
    wire.ask(Try())
    wire.ask(Commit(wire.status().active_digest))
    return durable


def settle(wire: Wire, edit: Edit) -> Edit:
    """COMMIT and CONFIRM."""
    durable = commit(wire, edit)
    assert wire.ask(Confirm(durable.digest)) == durable.counter
    return durable
