"""One look at a running device: everything that it tells without being disturbed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from firmware_bridge.client import Device
from firmware_bridge.errors import DamagedError, RefusedError
from firmware_bridge.messages import HelloReply, HistoryEntry, Region, StatusReply
from firmware_bridge.messages.watch import WatchReply


@dataclass(frozen=True)
class Look:
    """What a device said at `at` seconds of the host's clock.

    `watch` is None where the device keeps no context; `output` holds the bytes of the last inference, None where there
    was none, or where a new one came while they were read; `dropped` counts what the host's own receiver dropped, by
    reason; `wire_bytes` is what this look cost, both directions.
    """

    at: float
    hello: HelloReply
    status: StatusReply
    watch: WatchReply | None
    history: tuple[HistoryEntry, ...]
    output: bytes | None
    dropped: Mapping[str, int]
    retries: int
    wire_bytes: int


def look_at(device: Device, at: float, before: Look | None = None) -> Look:
    """Ask `device`; the output is only read where an inference was made since the look `before`.

    Raises:
        BridgeError: any failure of the link.
    """
    spent = device.link.cost
    status = device.status()
    watch = device.watch() if device.hello.context_capacity else None
    return Look(
        at,
        device.hello,
        status,
        watch,
        device.history(),
        _output(device, status, before),
        MappingProxyType(dict(device.link.dropped)),
        device.link.cost.retries,
        (device.link.cost - spent).wire_bytes,
    )


def _output(device: Device, status: StatusReply, before: Look | None) -> bytes | None:
    made = status.named_counters["inferences"]
    if not made:
        return None
    if before is not None and before.status.named_counters["inferences"] == made:
        return before.output
    try:
        return device.read(Region.OUTPUT, device.hello.output_bytes)
    except (DamagedError, RefusedError):
        return None


def moved(look: Look, before: Look | None) -> dict[str, int]:
    """The counters that moved since the look `before`, each with by how much; without one, those that are not zero."""
    then = {} if before is None else before.status.named_counters
    counters = look.status.named_counters
    return {name: value - then.get(name, 0) for name, value in counters.items() if value != then.get(name, 0)}


def was_reset(look: Look, before: Look | None) -> bool:
    """Whether the device started anew between two looks: a counter went back."""
    return any(by < 0 for by in moved(look, before).values())


def inference_rate(look: Look, before: Look | None) -> float | None:
    """Inferences a second between two looks; None without an earlier one, and over a reset."""
    if before is None or look.at <= before.at or was_reset(look, before):
        return None
    return moved(look, before).get("inferences", 0) / (look.at - before.at)


def described(look: Look, before: Look | None) -> dict[str, Any]:
    """The look as JSON knows it."""
    status, watch = look.status, look.watch
    rate = inference_rate(look, before)
    return {
        "platform": look.hello.platform,
        "firmware": ".".join(map(str, look.hello.firmware)),
        "reset": was_reset(look, before),
        "boot": status.boot.name.lower(),
        "active_bank": status.active_bank,
        "active_digest": status.active_digest.hex(),
        "other_digest": status.other_digest.hex(),
        "confirmed_digest": status.confirmed_digest.hex(),
        "generation": status.generation,
        "counter": status.counter,
        "confirmed_counter": status.confirmed_counter,
        "edit_state": status.edit_state.name.lower(),
        "probation_seconds": status.probation_ms / 1000,
        "windows_held": None if watch is None else watch.held,
        "windows_ever": None if watch is None else watch.serial,
        "drift": None if watch is None else watch.drift / 256,
        "inferences_per_second": None if rate is None else round(rate, 3),
        "moved": moved(look, before),
        "counters": status.named_counters,
        "host_dropped": dict(look.dropped),
        "host_retries": look.retries,
        "history": [_entry(entry) for entry in look.history],
        "wire_bytes": look.wire_bytes,
    }


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "event": entry.event.name.lower(),
        "seconds": entry.seconds,
        "generation": entry.generation,
        "counter": entry.counter,
        "prototype": entry.prototype,
        "codec": entry.codec,
        "bank": entry.bank,
        "digest": entry.digest.hex(),
    }
