"""The control that is stopped early: one head for all, as a prototype that edits can start from."""

from __future__ import annotations

from typing import Final

import torch

from models.rivals.bench import Bench, everywhere
from models.rivals.edited import Edited
from models.rivals.method import Method


def field_head(bench: Bench) -> Edited:
    """The head that the field devices share, row 1 of the table, without any delta."""
    table = torch.stack([bench.base, bench.field_head])
    return Edited.around(table, everywhere(bench.field_head, bench.devices), bench.clips[0])


METHODS: Final = (
    Method("field-head", field_head, "one head for all, trained on the field devices and stopped early; no edit"),
)
