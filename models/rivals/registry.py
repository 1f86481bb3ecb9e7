"""All methods by their names on the command line; the first one is what the others are held against."""

from __future__ import annotations

from typing import Final

from models.rivals import alignment, duet, fine_tuning, one_head, persona
from models.rivals.method import Method

__all__ = ["METHODS", "Method"]

METHODS: Final[dict[str, Method]] = {
    method.name: method for module in (one_head, alignment, persona, duet, fine_tuning) for method in module.METHODS
}
