"""All methods by their names on the command line; the first one is what the others are held against."""

from __future__ import annotations

from typing import Final

from models.rivals import (
    aligned_prototype,
    alignment,
    duet,
    field_head,
    fine_tuning,
    lora,
    newton,
    one_head,
    persona,
    ridge,
)
from models.rivals.method import Method

__all__ = ["METHODS", "Method"]

_MODULES: Final = (one_head, field_head, alignment, aligned_prototype, persona, duet, ridge, newton, fine_tuning, lora)

METHODS: Final[dict[str, Method]] = {method.name: method for module in _MODULES for method in module.METHODS}
