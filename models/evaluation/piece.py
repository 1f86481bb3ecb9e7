"""A piece of a study: one function with its arguments, independent of all others, so that any process may run it."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Piece:
    """`name` for people, `runner` as `package.module:function`, and what it takes.

    `arguments` is JSON and is all that the function is given; `origin` is JSON too and says what else the result
    depends on: digests of data and sources, versions.
    """

    name: str
    runner: str
    arguments: Mapping[str, Any]
    origin: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Sixteen hexadecimal digits of the digest of everything that the result depends on."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2s(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Everything that the result depends on, as JSON would give it back."""
        whole = {"runner": self.runner, "arguments": self.arguments, "origin": self.origin}
        parsed: dict[str, Any] = json.loads(json.dumps(whole))
        return parsed

    def run(self) -> dict[str, Any]:
        """Do it."""
        module, _, function = self.runner.partition(":")
        result: dict[str, Any] = getattr(importlib.import_module(module), function)(**self.arguments)
        return result
