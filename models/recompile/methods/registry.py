"""All methods by their names on the command line."""

from __future__ import annotations

from typing import Final

from models.recompile.methods import editor, finetune, lora, ridge
from models.recompile.methods.method import Method

METHODS: Final[dict[str, Method]] = {module.METHOD.name: module.METHOD for module in (ridge, finetune, lora, editor)}
