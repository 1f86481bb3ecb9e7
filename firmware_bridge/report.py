"""What happened on the line when a request failed: everything that a person, or a log, needs to find out why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_bridge.arrivals import Arrivals
from firmware_bridge.frame import Frame
from firmware_bridge.messages import REPLY_BIT, StatusReply

_SHOWN_BYTES: Final = 16


@dataclass
class Exchange:
    """One request: what was sent, how long and how often its reply was awaited, and what came meanwhile."""

    request: str
    kind: int
    seq: int
    arrivals: Arrivals = field(default_factory=Arrivals)
    elapsed_s: float = 0.0
    tries: int = 0
    reply: Frame | None = None

    @property
    def awaited(self) -> str:
        """Which frame would have been the reply."""
        return f"the reply of type {self.kind | REPLY_BIT:#04x} with seq {self.seq}"

    @property
    def came(self) -> str:
        """What arrived instead, or the reply itself."""
        if self.reply is None:
            return self.arrivals.describe()
        payload = self.reply.payload
        return f"the reply, {len(payload)} bytes: {payload[:_SHOWN_BYTES].hex(' ')}"


@dataclass(frozen=True)
class Report:
    """The failed exchange and the device's own view: its STATUS, or None and the `silence` that says why not."""

    exchange: Exchange
    status: StatusReply | None = None
    silence: str = "it does not answer STATUS"

    @property
    def counters(self) -> Mapping[str, int]:
        """The device's counters that are not zero."""
        return {name: value for name, value in self.status.named_counters.items() if value} if self.status else {}

    def __str__(self) -> str:
        """The lines that follow an error's message."""
        sent = self.exchange
        lines = [
            f"  request: {sent.request}, seq {sent.seq}, sent {sent.tries} time(s), ended after {sent.elapsed_s:.3f} s"
        ]
        if sent.reply is not None:
            # Where no reply came, the error itself says what was awaited and what came.
            lines += [f"  awaited: {sent.awaited}", f"  came: {sent.came}"]
        return "\n".join(lines + self._device())

    def _device(self) -> list[str]:
        if self.status is None:
            return [f"  the device's counters: {self.silence}"]
        status = self.status
        state = {
            "edit": status.edit_state.name.lower(),
            "bank": status.active_bank,
            "digest": status.active_digest.hex(),
            "generation": status.generation,
            "counter": status.counter,
            "confirmed": status.confirmed_counter,
        }
        return [f"  the device now: {_row(state)}", f"  the device's counters: {_row(self.counters)}"]

    def record(self) -> dict[str, Any]:
        """The report as JSON knows it."""
        sent = self.exchange
        return {
            "request": sent.request,
            "seq": sent.seq,
            "elapsed_s": round(sent.elapsed_s, 6),
            "tries": sent.tries,
            "awaited": sent.awaited,
            "came": sent.came,
            "counters": dict(self.counters) if self.status else None,
        }


def _row(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
