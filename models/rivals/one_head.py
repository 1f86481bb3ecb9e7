"""One head for all devices: none of these knows which device it runs on."""

from __future__ import annotations

from torch import Tensor

from models.rivals.bench import Bench, everywhere


def base(bench: Bench) -> Tensor:
    """No edit at all: the factory head."""
    return everywhere(bench.base, bench.devices)


def extra_budget(bench: Bench) -> Tensor:
    """The control: the factory head trained on the same field devices for as many steps as Persona was in all.

    It is not clipped: it stands for a new release of the base, not for an edit.
    """
    return everywhere(bench.one_head, bench.devices)
