"""One head for all devices: none of these knows which device it runs on."""

from __future__ import annotations

from typing import Final

import torch

from models.rivals.bench import Bench
from models.rivals.edited import Edited
from models.rivals.method import Method


def base(bench: Bench) -> Edited:
    """No edit at all: the factory head."""
    return _everywhere(bench, 0)


def extra_budget(bench: Bench) -> Edited:
    """The control: the factory head trained on the same field devices for as many steps as Persona was in all.

    It is not clipped: it stands for a new release of the base, not for an edit.
    """
    return _everywhere(bench, 1)


def _everywhere(bench: Bench, row: int) -> Edited:
    """One row on every device, without any delta."""
    table = torch.stack([bench.base, bench.one_head]) if row else bench.base[None]
    rows = torch.full((bench.devices.devices,), row)
    clip = torch.full_like(bench.base, torch.inf)
    return Edited(table, rows, torch.zeros(len(rows), len(bench.base)), bench.clips[0] if row == 0 else clip)


METHODS: Final = (
    Method("base", base, "the factory head, no edit"),
    Method("extra-budget", extra_budget, "one head for all, trained as long as Persona; no edit", sendable=False),
)
