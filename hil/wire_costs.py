"""What each operation costs on the wire, measured on a running device: `python -m hil.wire_costs BUNDLE --board BOARD`.

The table is Markdown, so that it can go into a document together with the command that printed it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from firmware_bridge.client import Device
from firmware_bridge.cost import DEFAULT_BAUD, Cost
from firmware_bridge.platforms import PLATFORMS, platform_named
from hil.emulator import booted
from hil.images import image_for
from hil.stress_edits import some_edit
from toolchain.bundle import Bundle
from toolchain.edit import Codec


@dataclass(frozen=True)
class Row:
    """One operation: its bytes in both directions, and the seconds that host, emulator and link took together."""

    operation: str
    cost: Cost
    seconds: float


def measure(device: Device, bundle: Bundle) -> list[Row]:
    """Every operation once, on a freshly booted device of `bundle`."""
    rows: list[Row] = []

    def note(operation: str, act: Callable[[], object]) -> None:
        before, started = device.link.cost, time.perf_counter()
        act()
        rows.append(Row(operation, device.link.cost - before, time.perf_counter() - started))

    window = bundle.golden.input_bytes(0)
    note("STATUS", device.status)
    note("INFER", lambda: device.infer(window))
    if not bundle.layout.size:
        return rows
    for _ in range(device.hello.context_capacity):
        device.infer(window, remember=True)
    note("SUMMARY", device.summary)
    note("WATCH", device.watch)
    note(f"CONTEXT, {device.hello.context_capacity} embeddings", device.context)
    known = [codec for codec in device.hello.codecs if codec is not Codec.LATENT or bundle.latent is not None]
    chance = np.random.default_rng(0)
    edits = {codec: some_edit(bundle, chance, codec, device.counter + place) for place, codec in enumerate(known, 1)}
    device.bank_digest()
    for codec, edit in edits.items():
        note(f"an edit, {codec.name.lower()}", partial(device.send_edit, edit, bundle))
    note("READ of the bank", device.read_bank)
    note("READ of the history", device.history)
    note("REVERT", lambda: device.revert(edits[known[-2]].digest))
    return rows


def render(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    lines = [
        f"| operation | requests | bytes sent | bytes received | ms at {DEFAULT_BAUD:,} baud | ms measured |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cost = row.cost
        line_ms, measured_ms = 1000 * cost.line_time_s(), 1000 * row.seconds
        lines.append(
            f"| {row.operation} | {cost.requests} | {cost.sent_bytes:,} | {cost.received_bytes:,} "
            f"| {line_ms:.1f} | {measured_ms:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table of one bundle on one board."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--board", choices=tuple(PLATFORMS), default="posix")
    options = parser.parse_args()
    bundle = Bundle.open(options.bundle)
    with booted(image_for(bundle, platform_named(options.board))) as device:
        print(render(measure(device, bundle)))  # noqa: T201  # the table is what the program is for


if __name__ == "__main__":
    main()
