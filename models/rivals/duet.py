"""DUET: the hypernetwork replaces the head."""

from __future__ import annotations

from typing import Final

import torch

from models.editor.duet import fit_duet, made_heads
from models.reproducible import reproducible
from models.rivals.bench import Bench, nobody
from models.rivals.edited import Edited
from models.rivals.method import Method


def duet(bench: Bench) -> Edited:
    """A head of its own for each device, from the unlabelled context, wherever it lies: it could not be sent."""
    with reproducible(bench.seed):
        maker = fit_duet(bench.problem, bench.plan, nobody)
    heads = made_heads(maker, bench.devices.contexts, bench.devices.context_labels)
    return Edited.around(bench.base, heads, torch.full_like(bench.base, torch.inf))


METHODS: Final = (Method("duet", duet, "a hypernetwork that makes the whole head", sendable=False),)
