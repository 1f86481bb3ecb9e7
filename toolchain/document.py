"""Reading JSON of a known form: each value is asked for by its type, and what is wrong is named by its path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolchain.errors import BundleError

_REMEDY = "compile it again with `persona compile`, or copy the whole directory again"


@dataclass(frozen=True)
class Node:
    """A value of a document and where it stands, like `inputs[0].shape`."""

    value: Any
    path: str

    def __getitem__(self, key: str) -> Node:
        """The field `key` of an object."""
        fields = self.object()
        path = f"{self.path}.{key}" if self.path else key
        if key not in fields:
            raise BundleError(f"manifest.json lacks {path}", expected="a whole manifest", remedy=_REMEDY)
        return Node(fields[key], path)

    def object(self) -> dict[str, Any]:
        """An object."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """The fields of an object."""
        return ((key, Node(value, f"{self.path}.{key}")) for key, value in self.object().items())

    def list(self) -> tuple[Node, ...]:
        """The entries of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return tuple(Node(value, f"{self.path}[{place}]") for place, value in enumerate(self.value))

    def text(self) -> str:
        """A string that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            raise self.wrong("a string that is not empty")
        return self.value

    def any_text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self.wrong("a string")
        return self.value

    def integer(self, least: int = 0, most: int = 2**31 - 1) -> int:
        """A whole number within bounds."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not least <= self.value <= most:
            raise self.wrong(f"a whole number from {least} to {most}")
        return self.value

    def number(self) -> float:
        """A finite number that is not negative."""
        fits = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        if not fits or not math.isfinite(self.value) or self.value < 0:
            raise self.wrong("a finite number, not negative")
        return float(self.value)

    def boolean(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def digest(self, size: int) -> bytes:
        """Bytes as hexadecimal digits."""
        text = self.value if isinstance(self.value, str) else ""
        if len(text) != 2 * size or set(text) - set("0123456789abcdef"):
            raise self.wrong(f"{2 * size} hexadecimal digits")
        return bytes.fromhex(text)

    def choice(self, *names: str) -> str:
        """One of some strings."""
        if self.value not in names:
            raise self.wrong(f"one of {', '.join(names)}")
        return str(self.value)

    def shape(self) -> tuple[int, ...]:
        """A list of whole numbers from 1."""
        return tuple(entry.integer(1) for entry in self.list())

    def wrong(self, expected: str) -> BundleError:
        """The error for this value."""
        shown = repr(self.value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."  # noqa: PLR2004  # as long as a line
        return BundleError(f"manifest.json: {self.path} is wrong", expected=expected, received=shown, remedy=_REMEDY)
